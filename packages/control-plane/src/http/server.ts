import { createServer, type Server } from 'node:http'
import multipart from '@fastify/multipart'
import { openapi, type OperationId, type Route, routes } from '@leat/contract'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { type HookHandler, hooksPrefix } from '../hooks/hook-handler.ts'
import type { Platform } from '../platform.ts'
import { apiHandlers } from './handlers.ts'
import { addOperationsPages, type OperationsHooks } from './operations.ts'
import { addOperation, fail } from './operation.ts'
import { addConsentPage } from './consent-page.ts'
import { ApiProblem } from './problem.ts'
import { RequestLimits } from './request-limits.ts'

export interface ApiSettings {
  readonly platform: Platform
  /** The document of `/api/openapi.json`; that of the contract unless given. */
  readonly openapi?: () => Readonly<Record<string, unknown>>
  readonly operations?: OperationsHooks
  /** Requests below `/hooks/`, which Fastify never sees. */
  readonly hooks?: HookHandler
  /** Tests: every answer is checked against the route's response schema; a mismatch is a 500 that says where. */
  readonly checkResponses?: boolean
}

const maxBody = 16 * 1024 * 1024

/**
 * The HTTP server, not yet listening: every route of the contract below `/api`, `/health/live`, `/health/ready`, `/metrics` and a page at `/`.
 * Further pages (web app, webhooks) may be registered on the returned instance before it listens.
 */
export async function buildApi(settings: ApiSettings): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: maxBody,
    genReqId: () => crypto.randomUUID(),
    forceCloseConnections: 'idle',
    serverFactory: (handler) => serverOf(handler, settings.hooks),
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) =>
      void fail(settings.platform, error, request as FastifyRequest, reply as FastifyReply),
  })
  addHeaders(app)
  takeJsonOnly(app)
  await app.register(multipart, {
    limits: { fileSize: settings.platform.uploadLimit, files: 1000, fields: 100, parts: 1100 },
  })
  app.setErrorHandler((error, request, reply) => fail(settings.platform, error, request, reply))
  // Before a body is read: a stranger's upload to nowhere ends at its first byte.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) throw nowhere(request, reply)
  })
  const limits = new RequestLimits(settings.platform.db)
  const handlers = apiHandlers(settings.platform, { openapi: once(settings.openapi ?? openapi), limits })
  for (const [operation, route] of Object.entries(routes) as [OperationId, Route][])
    addOperation(app, {
      operation,
      route,
      handler: handlers[operation],
      platform: settings.platform,
      limits,
      checkResponses: settings.checkResponses ?? false,
    })
  addConsentPage(app, settings.platform)
  addOperationsPages(app, settings.platform, settings.operations ?? {})
  return app
}

const templates = (Object.values(routes) as Route[]).map(({ method, path }) => ({
  method,
  path,
  parameters: path.split('{').length,
  matches: new RegExp(`^/api${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
}))

function nowhere(request: FastifyRequest, reply: FastifyReply): ApiProblem {
  const path = request.url.split('?')[0] ?? ''
  const there = `There is no ${request.method} ${path}.`
  // `/data_sources/7/flow/pause` is also a `/{resource_type}/{id}/flow/{metric_type}`: the path with the fewest parameters is meant.
  const found = templates.filter(({ matches }) => matches.test(path)).toSorted((a, b) => a.parameters - b.parameters)
  const allowed = [...new Set(found.filter((one) => one.path === found[0]?.path).map(({ method }) => method))]
  if (allowed.length === 0)
    return new ApiProblem('route_not_found', `${there} See /api/openapi.json; the base URL of the API ends in /api.`)
  reply.header('allow', allowed.join(', '))
  return new ApiProblem('method_unknown', `${there} This path takes ${allowed.join(', ')}.`)
}

/** Webhooks come by the thousand per second: they take a shorter way than everything else. */
function serverOf(api: HookHandler, hooks: HookHandler | undefined): Server {
  const server = createServer({ noDelay: true, keepAliveTimeout: 72_000 })
  server.on('request', (request, response) =>
    hooks !== undefined && request.url?.startsWith(hooksPrefix) === true
      ? hooks(request, response)
      : api(request, response),
  )
  return server
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('x-frame-options', 'DENY')
    reply.header('referrer-policy', 'no-referrer')
    reply.header('cross-origin-resource-policy', 'same-origin')
    if (request.url.startsWith('/api')) reply.header('cache-control', 'no-store')
  })
}

/** JSON of any media type, and nothing: the public client sends `Content-Type: application/json` with empty bodies too. */
function takeJsonOnly(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    const text = body.toString()
    if (text.trim() === '') return done(null, undefined)
    if (!/[/+]json\b/.test(request.headers['content-type'] ?? ''))
      return done(
        new ApiProblem(
          'body_unreadable',
          `The body has the content type "${request.headers['content-type'] ?? 'none'}". Send JSON with \`Content-Type: application/json\`.`,
        ),
      )
    void parse(request, text, (error, value) => (error ? done(unreadable(text, error)) : done(null, value)))
  })
}

/** The engine's own message quotes the body, which may hold a secret; only the place is told. */
function unreadable(text: string, error: Error): ApiProblem {
  const position = /position (\d+)/.exec(error.message)?.[1]
  const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length
  return new ApiProblem(
    'body_unreadable',
    `The body is not valid JSON${position === undefined ? '' : ` (at character ${position}, line ${line})`}. Send one JSON value.`,
  )
}
