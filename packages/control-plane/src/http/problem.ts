import { type FaultKind, toFault } from '@leat/connector-kit'
import { type ProblemBody, type ProblemDetail, type ProblemName, problems } from '@leat/contract'
import { ApiProblem } from './api-problem.ts'
import { databaseProblem } from './database-problem.ts'

export { ApiProblem } from './api-problem.ts'

/** What a fault of each kind becomes. In a probe the credential and the remote system are the subject; elsewhere the request is. */
const byKind: Record<FaultKind, { readonly probe: ProblemName; readonly otherwise: ProblemName }> = {
  config: { probe: 'config_invalid', otherwise: 'config_invalid' },
  auth: { probe: 'probe_refused', otherwise: 'probe_refused' },
  not_found: { probe: 'not_found', otherwise: 'not_found' },
  data: { probe: 'probe_failed', otherwise: 'invalid' },
  unsupported: { probe: 'unsupported', otherwise: 'unsupported' },
  rate_limited: { probe: 'rate_limited', otherwise: 'rate_limited' },
  // Not a 5xx: the public client would repeat it three times and then hide the reason.
  transient: { probe: 'probe_failed', otherwise: 'unavailable' },
  fenced: { probe: 'conflict', otherwise: 'conflict' },
  cancelled: { probe: 'unavailable', otherwise: 'unavailable' },
  bug: { probe: 'internal', otherwise: 'internal' },
}

/** Any thrown value as a problem. What nobody foresaw becomes `internal`, without its message: that goes to the log only. */
export function toProblem(thrown: unknown, where: 'probe' | 'otherwise' = 'otherwise'): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown
  const http = httpProblem(thrown) ?? databaseProblem(thrown)
  if (http) return http
  const fault = toFault(thrown)
  const name = fault.kind === 'config' ? configProblem(fault.code) : byKind[fault.kind][where]
  if (name === 'internal') return new ApiProblem('internal', problems.internal.title, { cause: thrown })
  return new ApiProblem(name, fault.message, {
    faultCode: fault.code,
    details: fault.field === undefined ? [] : [{ field: fault.field, message: fault.message }],
    ...(fault.retryAfterMs === undefined
      ? {}
      : { retryAfterSeconds: Math.max(1, Math.ceil(fault.retryAfterMs / 1000)) }),
    cause: thrown,
  })
}

function configProblem(code: string): ProblemName {
  if (code.startsWith('sql.')) return 'sql_invalid'
  return code.startsWith('transform.') ? 'transform_invalid' : 'config_invalid'
}

/** Failures of the HTTP layer itself, before a handler ran. Their own messages may quote the body, so they are not passed on. */
function httpProblem(thrown: unknown): ApiProblem | null {
  const { code, statusCode } = (thrown ?? {}) as { code?: unknown; statusCode?: unknown }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE' || statusCode === 413)
    return new ApiProblem('body_too_large', 'The body is larger than this server accepts. Send less in one request.', {
      cause: thrown,
    })
  if (statusCode === 415)
    return new ApiProblem(
      'body_unreadable',
      'The body has a content type that this path does not take. Send JSON with `Content-Type: application/json`.',
      { cause: thrown },
    )
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500)
    return new ApiProblem(
      'body_unreadable',
      'The request cannot be read. Send a JSON body with `Content-Type: application/json`.',
      { cause: thrown },
    )
  return null
}

/** The wire form: the documented envelope, and `message`, which the public client reads first. */
export function problemBody(problem: ApiProblem, requestId: string): ProblemBody {
  const { status, code, title, next } = problems[problem.problem]
  const { details, faultCode, resource, retryAfterSeconds } = problem.extra
  return {
    error: title,
    message: problem.message,
    error_description: next,
    error_code: code,
    timestamp: new Date().toISOString(),
    request_id: requestId,
    details: [...(details ?? [])],
    status,
    ...(faultCode === undefined ? {} : { fault_code: faultCode }),
    ...(resource === undefined ? {} : { resource_type: resource.type, resource_id: String(resource.id) }),
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
  }
}

const nouns: Readonly<Record<string, string>> = {
  data_credentials: 'credential',
  data_sources: 'source',
  data_sets: 'nexset',
  data_sinks: 'destination',
  data_maps: 'lookup',
  flows: 'flow',
  runs: 'run',
  users: 'user',
}

/** What people call one resource of this kind. */
export function nounOf(type: string): string {
  return nouns[type] ?? type
}

export function notFound(type: string, id: string | number): ApiProblem {
  return new ApiProblem(
    'not_found',
    `There is no ${nounOf(type)} ${id} that you may see. Check the id, and the organisation that your token works in.`,
    { resource: { type, id } },
  )
}

export function invalid(details: readonly ProblemDetail[], problem: ProblemName = 'invalid'): ApiProblem {
  return new ApiProblem(problem, details.map((detail) => detail.message).join(' '), { details })
}
