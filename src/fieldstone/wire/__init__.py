"""AWS's protocols: HTTP requests to plain dicts, plain dicts to HTTP responses, and who signed them.

    Catalog ── which operation a request is for
    ├── Router ── a REST service's places                                  rest/routing.py
    │   └── find ── S3's own manners with sub-resources                    rest/s3.py
    └── Operation ── parse, validate, render, render_error
        ├── json       json_parser, json_renderer                          envelopes.py
        │   └── decoder, encoder ── shapes as JSON                         jsonshape.py
        ├── query      parser ── shapes as forms                           query.py
        │   └── query_renderer, encoder ── shapes as XML                   envelopes.py, xmlshape.py
        ├── rest-json  parser, renderer ── members bound to HTTP           rest/requests.py, rest/responses.py
        │ │ └── Format ── documents inside, JSON or XML                    rest/formats.py
        ├─┴ rest-xml
        ├── operation_check ── every constraint, in AWS's words            validation.py
        └── render_error ── every protocol's error envelope                envelopes.py

    verify, scope ── Signature Version 4                                   sigv4.py
    ├── canonical_request ── what is hashed                                canonical.py
    └── refusal ── the words of a no                                       refusals.py

All of it is data-driven: `models` reads botocore's JSON, and every function above that takes a shape or an operation
returns a closure, made when it is first needed and kept.
"""
