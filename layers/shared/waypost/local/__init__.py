"""
The local default: the real template on an embedded AWS, behind a gateway of its own.

The emulator differs from AWS in these places; each is bridged here and nowhere else:

| AWS does                                      | bridge                                        |
|-----------------------------------------------|-----------------------------------------------|
| routes by resource and method, at a domain    | `routes`, from the template alone             |
| hands a request to a function, path as sent   | `proxy.event`                                 |
| takes a function's answer                     | `proxy.answer`                                |
| inflates a declared gzip body                 | `edge.inflate`                                |
| refuses bodies over 10 MB, events and answers | `edge`, 413 and 502                           |
| over 6 MB                                     |                                               |
| answers with the template's gateway messages  | `gateway`                                     |
| keeps copies of a function warm               | `workers`, each a `runtime`, as the deployed  |
|                                               | function is set: `functions`                  |
| deletes expired items (TTL)                   | `bridges.time_to_live`                        |
| gathers messages for a batching window        | `windows`: 1 s here, and no longer than until |
|                                               | nothing more has come for 0.2 s               |
| takes a parameter for a number                | `embedded`: of copies of match at once        |
| takes requests quickly                        | `embedded`: uvicorn in front of the emulator  |
| lets functions end when others stop           | `bridges.release_in_flight`                   |
| runs the layer from its zip                   | `packaging.layer_zip`: the zip links the      |
|                                               | source                                        |
"""
