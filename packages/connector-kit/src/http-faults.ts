import { Fault, type FaultKind } from './faults.ts'
import { parseRetryAfter } from './retry-after.ts'

interface StatusRow {
  readonly kind: FaultKind
  readonly code: string
  readonly says: string
}

/**
 * HTTP status -> (kind, code, what to do). Whose problem it is follows from the kind. After the default error mapping of Airbyte's CDK:
 * 4xx end the work, except those that ask for patience; 5xx are tried again.
 */
export const statusFaults: Readonly<Record<number, StatusRow>> = {
  400: {
    kind: 'config',
    code: 'http.bad_request',
    says: 'The service does not accept the request. Check its parameters',
  },
  401: {
    kind: 'auth',
    code: 'http.unauthorized',
    says: 'The service does not accept the credential. Check or renew it',
  },
  402: { kind: 'auth', code: 'http.payment_required', says: 'The service asks for payment. Check the account' },
  403: {
    kind: 'auth',
    code: 'http.forbidden',
    says: 'The credential lacks a permission for this. Grant it, or use another credential',
  },
  404: { kind: 'not_found', code: 'http.not_found', says: 'There is nothing at this address. Check the URL' },
  405: {
    kind: 'config',
    code: 'http.method_not_allowed',
    says: 'The service does not allow this method here. Check method and URL',
  },
  406: {
    kind: 'config',
    code: 'http.not_acceptable',
    says: 'The service cannot answer in the format that was asked for',
  },
  407: { kind: 'auth', code: 'http.proxy_auth_required', says: 'The proxy asks for a login' },
  408: { kind: 'transient', code: 'http.request_timeout', says: 'The service waited too long for the request' },
  409: { kind: 'transient', code: 'http.conflict', says: 'The request conflicts with another one' },
  410: { kind: 'not_found', code: 'http.gone', says: 'What was at this address has been removed' },
  412: { kind: 'transient', code: 'http.precondition_failed', says: 'The resource changed in the meantime' },
  413: { kind: 'data', code: 'http.payload_too_large', says: 'The request is too large. Send smaller batches' },
  414: { kind: 'config', code: 'http.uri_too_long', says: 'The URL is too long' },
  415: { kind: 'config', code: 'http.unsupported_media_type', says: 'The service does not take this content type' },
  422: {
    kind: 'data',
    code: 'http.unprocessable',
    says: 'The service understands the request and refuses its content',
  },
  423: { kind: 'transient', code: 'http.locked', says: 'The resource is locked' },
  425: { kind: 'transient', code: 'http.too_early', says: 'The service asks to try later' },
  429: { kind: 'rate_limited', code: 'http.too_many_requests', says: 'The service limits the number of requests' },
  500: { kind: 'transient', code: 'http.server_error', says: 'The service failed' },
  501: { kind: 'unsupported', code: 'http.not_implemented', says: 'The service does not support this' },
  502: { kind: 'transient', code: 'http.bad_gateway', says: 'A gateway got no valid answer from the service' },
  503: { kind: 'transient', code: 'http.unavailable', says: 'The service is not available now' },
  504: { kind: 'transient', code: 'http.gateway_timeout', says: 'A gateway got no answer from the service in time' },
}

function rowOf(status: number): StatusRow {
  const row = statusFaults[status]
  if (row !== undefined) return row
  if (status >= 500) return { kind: 'transient', code: 'http.server_error', says: 'The service failed' }
  if (status >= 400) return { kind: 'config', code: 'http.refused', says: 'The service refuses the request' }
  return {
    kind: 'config',
    code: 'http.unexpected_status',
    says: 'The service answers with a status that was not expected',
  }
}

/** The fault of an answer. `where` is method and URL without query; `excerpt` the beginning of the body, already without secrets. */
export function statusFault(
  status: number,
  where: string,
  headers: Readonly<Record<string, string | undefined>>,
  excerpt: string,
): Fault {
  const { kind, code, says } = rowOf(status)
  const retryAfterMs = parseRetryAfter(headers['retry-after'])
  const answer = excerpt === '' ? '' : ` Answer: ${excerpt}`
  const message = `${where} answered ${status}. ${says}.${answer}`
  return new Fault({ kind, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) })
}
