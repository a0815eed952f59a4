"""gunicorn for the yardstick of `./dev bench`: the settings of the product without what it loads."""

from tools.gunicorn_conf import (  # noqa: F401
    accesslog,
    bind,
    control_socket_disable,
    loglevel,
    preload_app,
    threads,
    worker_class,
    workers,
)
