import { z } from 'zod'

/**
 * Every failure that the API answers with. `code` is the `error_code` on the wire; the first six are those of the public API.
 * `next` says what to do; an answer's message names the field, the value and the nearest valid choice.
 */
export interface Problem {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly next: string
}

function problem<const P extends Problem>(value: P): P {
  return value
}

export const problems = {
  token_missing: problem({
    code: 'AUTH_001',
    status: 401,
    title: 'No valid access token',
    next: 'Send `Authorization: Bearer <token>` with a token from POST /token.',
  }),
  service_key_invalid: problem({
    code: 'AUTH_002',
    status: 401,
    title: 'The service key is not valid',
    next: 'Use the key in the file `service-key` of the data folder, or ask an admin for a new one.',
  }),
  token_expired: problem({
    code: 'AUTH_003',
    status: 401,
    title: 'The access token has expired or was ended',
    next: 'Get a new one from POST /token.',
  }),
  forbidden: problem({
    code: 'AUTH_004',
    status: 403,
    title: 'Your role does not allow this',
    next: 'Ask the owner of the resource or an admin of the organisation for the role that the message names.',
  }),
  hook_refused: problem({
    code: 'AUTH_005',
    status: 403,
    title: 'The key or the hash of the webhook is not valid',
    next: 'Send `?api_key=` or `Authorization: Basic` with a key from `api_keys` of the source; the message says what was expected.',
  }),
  rate_limited: problem({
    code: 'RATE_001',
    status: 429,
    title: 'Too many requests',
    next: 'Wait for the seconds in `Retry-After`.',
  }),
  invalid: problem({
    code: 'VAL_001',
    status: 400,
    title: 'The request is not valid',
    next: 'Correct the fields in `details`; each names the value and the nearest valid choice.',
  }),
  config_invalid: problem({
    code: 'VAL_002',
    status: 400,
    title: 'The configuration is not valid for this connector',
    next: 'Correct the keys in `details`; GET /connectors has the schema of every connector.',
  }),
  transform_invalid: problem({
    code: 'VAL_003',
    status: 400,
    title: 'The transform is not valid',
    next: 'Correct the operation that `details` names.',
  }),
  sql_invalid: problem({
    code: 'VAL_004',
    status: 400,
    title: 'The SQL statement cannot be run',
    next: 'Only one SELECT over nexset_<id> is possible; the message says where it fails.',
  }),
  body_unreadable: problem({
    code: 'VAL_005',
    status: 400,
    title: 'The body is not JSON',
    next: 'Send a JSON body with `Content-Type: application/json`.',
  }),
  body_too_large: problem({
    code: 'VAL_006',
    status: 413,
    title: 'The body is too large',
    next: 'Send less in one request.',
  }),
  probe_failed: problem({
    code: 'CONN_001',
    status: 400,
    title: 'The system cannot be used with this credential',
    next: 'The message tells apart: name not found, connection refused, TLS, credentials, permission, missing bucket.',
  }),
  probe_refused: problem({
    code: 'CONN_002',
    status: 403,
    title: 'The system refuses this credential',
    next: 'Check the keys and what they may do; then probe again.',
  }),
  not_found: problem({
    code: 'RES_001',
    status: 404,
    title: 'There is no such resource, or you may not see it',
    next: 'Check the id, and the organisation that the token works in.',
  }),
  route_not_found: problem({
    code: 'RES_002',
    status: 404,
    title: 'There is no such path',
    next: 'See /api/openapi.json; the base URL ends in /api.',
  }),
  method_unknown: problem({
    code: 'RES_004',
    status: 405,
    title: 'This path does not take that method',
    next: 'Use one of the methods in the header `Allow`.',
  }),
  conflict: problem({
    code: 'RES_003',
    status: 409,
    title: 'The state of the resource does not allow this',
    next: 'The message says which state or use is in the way.',
  }),
  source_not_active: problem({
    code: 'HOOK_001',
    status: 500,
    title: 'The source of the webhook is not active',
    next: 'Activate the source, then send again.',
  }),
  method_not_allowed: problem({
    code: 'HOOK_002',
    status: 405,
    title: 'Webhooks take POST only',
    next: 'Send the records as the body of a POST request.',
  }),
  media_type: problem({
    code: 'HOOK_003',
    status: 415,
    title: 'The body is in a form that webhooks do not take',
    next: 'Send JSON, NDJSON or XML in UTF-8, plain or compressed with gzip, deflate, br or zstd.',
  }),
  unsupported: problem({
    code: 'CAP_001',
    status: 400,
    title: 'This connector cannot do that',
    next: 'GET /connectors says what each one can do.',
  }),
  remote_failed: problem({
    code: 'REM_001',
    status: 502,
    title: 'Another system answered with an error',
    next: 'Try again; the message names the system and its answer.',
  }),
  unavailable: problem({
    code: 'SRV_002',
    status: 503,
    title: 'The server cannot do this right now',
    next: 'Try again in a moment; /health/ready says what is missing.',
  }),
  internal: problem({
    code: 'SRV_001',
    status: 500,
    title: 'The server failed',
    next: 'Look for `request_id` in the log of the server and report it.',
  }),
} as const

export type ProblemName = keyof typeof problems
export type ProblemCode = (typeof problems)[ProblemName]['code']

export const problemDetail = z.object({
  /** Path of the field: `source_config.path`. */
  field: z.string(),
  /** What was sent; never a secret. */
  value: z.unknown().optional(),
  message: z.string(),
  /** The nearest valid choice. */
  nearest: z.string().optional(),
})

/**
 * Body of every failed answer: the documented envelope of the public API, and `message`, which its Python client reads first.
 * `resource_type`, `resource_id` and `retry_after` are there when they are known.
 */
export const problemBody = z.object({
  /** Title of the problem. */
  error: z.string(),
  /** For a person: names the record, field, value and the next step. */
  message: z.string(),
  error_description: z.string(),
  error_code: z.string(),
  timestamp: z.string(),
  request_id: z.string(),
  details: z.array(problemDetail),
  /** Fault code of a connector or of the engine, `s3.bucket_missing`. */
  fault_code: z.string().optional(),
  resource_type: z.string().optional(),
  resource_id: z.string().optional(),
  /** Seconds. */
  retry_after: z.int().optional(),
  /** The status again, as the probe of the public API has it. */
  status: z.int().optional(),
})

export type ProblemDetail = z.output<typeof problemDetail>
export type ProblemBody = z.output<typeof problemBody>
