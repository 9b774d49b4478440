"""
The local default: the real template on an embedded AWS, behind a thin edge.

The emulator differs from AWS in these places; each is bridged here and nowhere else:

| AWS does                                     | bridge                                         |
|----------------------------------------------|------------------------------------------------|
| inflates a declared gzip body                | `edge.inflate`                                 |
| refuses bodies over 10 MB, or over 6 MB as   | `edge.too_large`, with the template's own      |
| a Lambda event                               | gateway responses                              |
| hands every body to Lambda as bytes (`*/*`)  | `bridges.binary_media_types`                   |
| takes `ANY` for a route's method            | `bridges.any_methods`                          |
| serves plain paths at a domain               | `edge`: /path → /restapis/{id}/{stage}/path    |
| routes with or without a trailing slash      | `edge`: the slash is dropped                   |
| answers with the template's gateway messages | `edge.gateway_response`                        |
| deletes expired items (TTL)                  | `bridges.time_to_live`                         |
| gathers messages for a batching window       | `windows`: 1 s here, and no longer than until  |
|                                              | nothing more has come for 0.2 s                |
| takes a parameter for a number              | `embedded`: of copies of match at once         |
| lets functions end when others stop          | `bridges.release_in_flight`                    |
| runs the layer from its zip                  | `packaging.layer_zip`: the zip links the source|
"""
