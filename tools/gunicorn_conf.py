"""How gunicorn serves the product, for `./dev run` and for a site behind a proxy alike.

PORT and WEB_HOST say where; WEB_WORKERS and WEB_THREADS how many. Everything else is the same everywhere.
"""

import gc
import os

_host = os.environ.get("WEB_HOST", "127.0.0.1")
_port = os.environ.get("PORT", "8000")

bind = f"{_host}:{_port}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
loglevel = "warning"
accesslog = None
# It would put a socket into the home folder, which a service account may not have.
control_socket_disable = True

_DEMO = f"""
  知识产权强国建设推进计划 任务跟踪平台 is running at http://{bind}/  (Ctrl-C stops it)

  Demo accounts, all with the password ipplan-demo:
    office   联席会议办公室   changes everything       leader   领导     reads everything
    auditor  审计             reads the log            admin    管理员   accounts and agencies
    cnipa, mara, mofcom, ... 成员单位   one for each agency, named by its code in lower case
"""


# The product is loaded once, before the workers are made of this process: jieba's dictionary, 100 MB and two
# seconds, is then theirs too, and nobody's first request waits for it. A new release needs a new start.
preload_app = True


def when_ready(server):
    _load_words(server.log)
    _spare_what_stays()
    if os.environ.get("IPPLAN_DEMO"):
        print(_DEMO, flush=True)
    else:
        server.log.warning("serving on %s", bind)


def _spare_what_stays():
    """The collector passes over all that is loaded by now, and comes once a few pages instead of ten times a
    page, where it finds next to nothing: an eighth of a page's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _load_words(log):
    """jieba with the register's names. Where there is no database yet, the workers load it when asked."""
    from django.db import DatabaseError, connections

    from tasks import search

    try:
        search.warm()
    except DatabaseError as error:
        log.warning("words for the search are not loaded: %s", str(error).strip())
    finally:
        # A connection that two processes share mixes up their answers.
        connections.close_all()
