import type { ProblemBody, ProblemDetail } from '@leat/contract'

/** What is known about a failed call. */
export interface ErrorContext {
  /** Operation id of the API: `create_source`. */
  readonly operation?: string
  readonly resource_type?: string
  readonly resource_id?: string
  readonly status_code?: number
  /** `VAL_001` … */
  readonly error_code?: string
  /** Find the call by it in the log of the server. */
  readonly request_id?: string
  readonly details?: readonly ProblemDetail[]
  /** The body as it came. */
  readonly response?: unknown
  readonly cause?: unknown
}

/** Base of every error of this client; the classes and their names are those of the Python client. */
export class NexlaError extends Error {
  readonly operation: string | undefined
  readonly resource_type: string | undefined
  readonly resource_id: string | undefined
  readonly status_code: number | undefined
  readonly error_code: string | undefined
  readonly request_id: string | undefined
  /** Fields that are wrong, each with its value and the nearest valid choice. */
  readonly details: readonly ProblemDetail[]
  readonly response: unknown

  constructor(message: string, context: ErrorContext = {}) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause })
    this.name = new.target.name
    this.operation = context.operation
    this.resource_type = context.resource_type
    this.resource_id = context.resource_id
    this.status_code = context.status_code
    this.error_code = context.error_code
    this.request_id = context.request_id
    this.details = context.details ?? []
    this.response = context.response
  }
}

/** 401: no valid token or key. */
export class AuthenticationError extends NexlaError {}
/** 403: the role does not allow it. */
export class AuthorizationError extends NexlaError {}
/** 404 */
export class NotFoundError extends NexlaError {}
/** 400: `details` says which fields. */
export class ValidationError extends NexlaError {}
/** 409 */
export class ResourceConflictError extends NexlaError {}
/** Every other status. */
export class ServerError extends NexlaError {}
/** The server could not be reached, or did not answer in time, after all retries. */
export class ConnectionError extends NexlaError {}
/** A credential does not work, as its probe says. */
export class CredentialError extends NexlaError {}
/** A flow or one of its runs failed. */
export class FlowError extends NexlaError {}
/** A transform is wrong. */
export class TransformError extends NexlaError {}

/** 429, after all retries. */
export class RateLimitError extends NexlaError {
  /** Seconds. */
  readonly retry_after: number | undefined

  constructor(message: string, context: ErrorContext & { readonly retry_after?: number } = {}) {
    super(message, context)
    this.retry_after = context.retry_after
  }
}

const classByStatus: Readonly<Record<number, typeof NexlaError>> = {
  400: ValidationError,
  401: AuthenticationError,
  403: AuthorizationError,
  404: NotFoundError,
  409: ResourceConflictError,
}

/** The classes that say more than their status, by problem code. */
const classByCode: Readonly<Record<string, typeof NexlaError>> = {
  CONN_001: CredentialError,
  CONN_002: CredentialError,
  VAL_003: TransformError,
}

/** The error for an answer that is not a success. `body` may be anything: a proxy in between may have written it. */
export function errorOf(
  status: number,
  body: unknown,
  call: { readonly operation: string; readonly path: string; readonly retryAfter?: number },
): NexlaError {
  const problem: Partial<ProblemBody> = typeof body === 'object' && body !== null ? body : {}
  const [resourceType, resourceId] = call.path.split('/').slice(1)
  const message = problem.message ?? problem.error ?? `The server answered ${status} to ${call.operation}.`
  const type = problem.resource_type ?? resourceType
  const id = problem.resource_id ?? (/^\d+$/.test(resourceId ?? '') ? resourceId : undefined)
  const context: ErrorContext = {
    operation: call.operation,
    status_code: status,
    response: body,
    details: Array.isArray(problem.details) ? problem.details : [],
    ...(type !== undefined && { resource_type: type }),
    ...(id !== undefined && { resource_id: id }),
    ...(problem.error_code !== undefined && { error_code: problem.error_code }),
    ...(problem.request_id !== undefined && { request_id: problem.request_id }),
  }
  if (status === 429) {
    const retryAfter = call.retryAfter ?? problem.retry_after
    return new RateLimitError(message, { ...context, ...(retryAfter !== undefined && { retry_after: retryAfter }) })
  }
  const byCode = problem.error_code === undefined ? undefined : classByCode[problem.error_code]
  return new (byCode ?? classByStatus[status] ?? ServerError)(message, context)
}
