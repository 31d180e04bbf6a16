import type { OperationId, Route } from '@leat/contract'
import { problems } from '@leat/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { checkAccess } from '../access/guard.ts'
import { type Caller, checkToken } from '../auth/tokens.ts'
import type { Platform } from '../platform.ts'
import { type Call, type Handler, Reply, type UploadedFile } from './call.ts'
import { type Delivery, trackDelivery } from './delivery.ts'
import { ApiProblem, problemBody, toProblem } from './problem.ts'
import type { RequestLimits } from './request-limits.ts'
import { validate } from './validation.ts'

export interface Operation {
  readonly operation: OperationId
  readonly route: Route
  readonly handler: unknown
  readonly platform: Platform
  readonly limits: RequestLimits
  readonly checkResponses: boolean
}

/** What is known of a request before its body was read. */
interface Admitted {
  readonly caller: Caller
  readonly role: Call['role']
  readonly params: Readonly<Record<string, unknown>>
  readonly delivery: Delivery
}

const admitted = new WeakMap<FastifyRequest, Admitted>()
const nobody: Caller = { userId: 0, orgId: 0, isAdmin: false, tokenHash: Buffer.alloc(0) }
const hundredGigabytes = 100 * 1024 ** 3

/** Registers one row of the route table: token, access, validation, handler, answer, in this order. */
export function addOperation(app: FastifyInstance, operation: Operation): void {
  const { route } = operation
  app.route({
    method: route.method,
    url: `/api${route.path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    ...(route.body_type === 'multipart' ? { bodyLimit: hundredGigabytes } : {}),
    onRequest: async (request, reply) => {
      admitted.set(request, await admit(operation, request, reply))
    },
    handler: (request, reply) => answer(operation, request, reply),
  })
}

/** Before the body is read, so that a stranger's upload is refused at its first byte. */
async function admit(
  { route, operation, platform, limits }: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Admitted> {
  const delivery = trackDelivery(request.raw.socket, reply.raw)
  if (route.access === 'none') return { caller: nobody, role: null, params: {}, delivery }
  const caller = await checkToken(platform.db, request.headers.authorization)
  if (caller === 'missing' || caller === 'expired') {
    reply.header('www-authenticate', 'Bearer')
    if (caller === 'missing')
      throw new ApiProblem(
        'token_missing',
        'This needs an access token. Send `Authorization: Bearer <token>` with a token from POST /token.',
      )
    throw new ApiProblem('token_expired', 'The access token has expired or was ended. Get a new one from POST /token.')
  }
  limits.count(caller, operation, route.method)
  const params = route.params ? readParams(route, request) : {}
  const role = await checkAccess(platform.db, caller, route.access, params)
  return { caller, role, params, delivery }
}

function readParams(route: Route, request: FastifyRequest): Record<string, unknown> {
  const given = request.params as Record<string, string>
  const kind = route.params!.shape['resource_type'] as { safeParse(value: unknown): { success: boolean } } | undefined
  if (kind && !kind.safeParse(given['resource_type']).success)
    throw new ApiProblem(
      'route_not_found',
      `There is no ${request.method} ${request.url.split('?')[0]}: "${given['resource_type']}" is not one of data_sources, data_sets, data_sinks.`,
    )
  return validate(route.params!, given, 'path')
}

async function answer(operation: Operation, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { route } = operation
  const known = admitted.get(request)!
  const query = route.query ? validate(route.query, request.query, 'query') : undefined
  const body =
    route.body && route.body_type !== 'multipart'
      ? validate(route.body, request.body ?? (acceptsNothing(route) ? undefined : {}), 'body')
      : undefined
  const call = callOf(operation, request, reply, known, request.body)
  const handler = operation.handler as Handler<OperationId>
  const result = await handler({ params: known.params, query, body } as never, call)
  const [status, value] = result instanceof Reply ? [result.status, result.body] : [200, result]
  if (operation.checkResponses && !(result instanceof Reply)) checkResponse(operation, value)
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value))
}

function acceptsNothing(route: Route): boolean {
  return route.body!.safeParse(undefined).success
}

function checkResponse({ route, operation }: Operation, value: unknown): void {
  const result = route.response.safeParse(JSON.parse(JSON.stringify(value)))
  if (result.success) return
  throw new Error(`the answer of ${operation} does not fit its schema: ${JSON.stringify(result.error.issues)}`)
}

function callOf(
  { operation, platform, route }: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
  known: Admitted,
  body: unknown,
): Call {
  const gone = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new Error('the client went away'))
  })
  const { caller, role, delivery } = known
  const creates = route.method === 'POST' && /^(create|copy)_/.test(operation) && operation !== 'create_token'
  const same = `${caller.orgId}/${caller.userId} ${request.method} ${request.url}\n${JSON.stringify(body ?? null)}`
  return {
    operation,
    caller,
    role,
    delivery,
    fingerprint: creates ? platform.vault.fingerprint(same) : null,
    signal: gone.signal,
    request: {
      id: request.id,
      method: request.method,
      url: request.url,
      origin: `${request.protocol}://${request.host}`,
      ip: request.ip,
      userAgent: request.headers['user-agent'] ?? '',
      authorization: request.headers.authorization,
    },
    files: () => filesOf(request),
    header: (name, value) => void reply.header(name, value),
  }
}

async function* filesOf(request: FastifyRequest): AsyncIterable<UploadedFile> {
  if (!request.isMultipart())
    throw new ApiProblem(
      'body_unreadable',
      'Send the files as a form: `Content-Type: multipart/form-data`, one part per file.',
    )
  for await (const part of request.files())
    yield { name: part.filename, stream: part.file, truncated: () => part.file.truncated }
}

/** Every failure, also those of Fastify itself, leaves as the documented envelope. Causes go to the log only. */
export function fail(platform: Platform, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(thrown, /\/probe(\/|$|\?)/.test(request.url) ? 'probe' : 'otherwise')
  const { status } = problems[problem.problem]
  if (status >= 500) {
    const cause = problem.extra.cause ?? problem
    platform.log('error', 'request failed', {
      request_id: request.id,
      method: request.method,
      path: request.url.split('?')[0],
      error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    })
  }
  if (problem.extra.retryAfterSeconds !== undefined)
    reply.header('retry-after', String(problem.extra.retryAfterSeconds))
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, request.id)))
}
