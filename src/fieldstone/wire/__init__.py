"""AWS's protocols: HTTP requests to plain dicts, plain dicts to HTTP responses, and who signed them.

    Catalog ── which operation a request is for
    ├── Router ── a REST service's places                                  rest/routing.py
    │   └── find ── S3's own manners with sub-resources                    rest/s3.py
    └── Operation ── parse, validate, render, render_error
        ├── json       json_parser, json_renderer                          envelopes.py
        │   └── decoder, encoder ── shapes as JSON and CBOR                jsonshape.py
        ├── cbor       cbor_parser, cbor_renderer                          envelopes.py, cbor.py
        ├── query      parser ── shapes as forms                           query.py
        │   └── query_renderer, encoder ── shapes as XML                   envelopes.py, xmlshape.py
        ├── rest-json, rest-xml   parser, renderer ── members in HTTP      rest/requests.py, rest/responses.py
        │   └── Format ── the documents inside, JSON or XML                rest/formats.py
        ├── events     renderer ── answers that are streams of events      events.py
        ├── plain_parser ── requests that may be compressed                compression.py
        ├── operation_check ── a value and all its parts                   validation.py
        │   ├── constraints ── what is asked of one value, in AWS's words  constraints.py
        │   └── operation_check ── what S3 asks, in its own                rest/s3rules.py
        └── render_error ── every protocol's error envelope                envelopes.py

    verify, scope, Chunks, Policy ── who signed a request, and its body    signatures/
    settle ── buckets in the Host, headers in the query                    addressing.py
    FormReader ── browsers' forms                                          multipart.py

All of it is data-driven: `models` reads botocore's JSON, and that of services which a user adds (`library`). Every
function above that takes a shape or an operation returns a closure, made when it is first needed and kept.
"""
