// In the contents [data-spy], marks the heading under which the reader is. Its links work without this.
(() => {
  const contents = document.querySelector("[data-spy]");
  if (!contents) return;
  const links = new Map();
  for (const link of contents.querySelectorAll('a[href^="#"]')) {
    const heading = document.getElementById(link.hash.slice(1));
    if (heading) links.set(heading, link);
  }
  const LINE = 100; // pixels from the top: a heading that a link led to comes to rest just above
  const mark = () => {
    let current = null;
    for (const heading of links.keys()) {
      if (heading.getBoundingClientRect().top <= LINE) current = heading;
    }
    for (const [heading, link] of links) {
      if (heading === current) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
    const link = links.get(current);
    if (!link) return;
    // Only the contents scroll, never the page.
    const box = contents.getBoundingClientRect();
    const at = link.getBoundingClientRect();
    if (at.top < box.top + 40) contents.scrollTop -= box.top + 40 - at.top;
    else if (at.bottom > box.bottom - 8) contents.scrollTop += at.bottom - box.bottom + 8;
  };
  // Whatever lies on the line is watched: a jump over many headings changes that, though none of them crosses it.
  const [first] = links.keys();
  let watch;
  const follow = () => {
    watch?.disconnect();
    const below = Math.max(innerHeight - LINE - 2, 0);
    watch = new IntersectionObserver(mark, { rootMargin: `-${LINE}px 0px -${below}px 0px` });
    for (const part of first?.parentElement.children ?? []) watch.observe(part);
  };
  follow();
  addEventListener("resize", follow);
})();
