import { z } from 'zod'
import { problemBody, problems } from './problem-codes.ts'
import * as access from './resources/access.ts'
import * as common from './resources/common.ts'
import { connectorInfo } from './resources/connector.ts'
import * as credentials from './resources/credential.ts'
import * as flows from './resources/flow.ts'
import * as lookups from './resources/lookup.ts'
import * as metrics from './resources/metrics.ts'
import * as nexsets from './resources/nexset.ts'
import * as quarantine from './resources/quarantine.ts'
import * as runs from './resources/run.ts'
import * as session from './resources/session.ts'
import * as sinks from './resources/sink.ts'
import * as sources from './resources/source.ts'
import * as sql from './resources/sql.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

/** Schemas with a name of their own in the document; all others stand where they are used. */
const named: Record<string, z.ZodType> = {
  Accessor: access.accessor,
  AccessorRequest: access.accessorRequest,
  ActivatedNexset: nexsets.activatedNexset,
  ActivatedSink: sinks.activatedSink,
  ActivatedSource: sources.activatedSource,
  AuditEntry: access.auditEntry,
  BackgroundTask: credentials.backgroundTask,
  ConfigWarning: common.configWarning,
  ConnectorBrief: common.connectorBrief,
  ConnectorInfo: connectorInfo,
  Credential: credentials.credential,
  CredentialCreate: credentials.credentialCreate,
  CredentialUpdate: credentials.credentialUpdate,
  Deleted: common.deleted,
  DailyMetrics: metrics.dailyMetrics,
  FlowCredential: flows.flowCredential,
  FlowLogs: metrics.logs,
  FlowMetrics: metrics.flowMetrics,
  FlowNexset: flows.flowNexset,
  FlowNode: flows.flowNode,
  FlowResponse: flows.flowResponse,
  FlowSink: flows.flowSink,
  FlowSource: flows.flowSource,
  LogEntry: metrics.logEntry,
  Lookup: lookups.lookup,
  LookupCreate: lookups.lookupCreate,
  LookupUpdate: lookups.lookupUpdate,
  Nexset: nexsets.nexset,
  NexsetBrief: sources.nexsetBrief,
  NexsetCreate: nexsets.nexsetCreate,
  NexsetUpdate: nexsets.nexsetUpdate,
  OrganizationBrief: common.organizationBrief,
  Owner: common.owner,
  Problem: problemBody,
  ProblemNote: common.problemNote,
  QuarantinedRecord: quarantine.quarantinedRecord,
  Run: runs.run,
  RunDetail: runs.runDetail,
  RunNode: runs.runNode,
  Sink: sinks.sink,
  SinkCreate: sinks.sinkCreate,
  SinkUpdate: sinks.sinkUpdate,
  Source: sources.source,
  SourceCreate: sources.sourceCreate,
  SourceUpdate: sources.sourceUpdate,
  SqlRequest: sql.sqlRequest,
  SqlResult: sql.sqlResult,
  TokenResponse: session.tokenResponse,
  User: session.user,
}

type JsonSchema = Record<string, unknown>
const parts = ['params', 'query', 'body', 'response'] as const
type Part = (typeof parts)[number]

/** JSON Schema of everything in the table, with references to the named schemas. */
function renderSchemas() {
  const registry = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries(named)) registry.add(schema, { id: name })
  const names = new Map<z.ZodType, string>(Object.entries(named).map(([name, schema]) => [schema, name]))
  const ids = new Map<string, string>()
  for (const [operation, route] of Object.entries<Route>(routes))
    for (const part of parts) {
      const schema = route[part]
      if (!schema) continue
      const place = `${operation}.${part}`
      const name = names.get(schema)
      ids.set(place, name ?? place)
      // A clone: the original, where another schema contains it, is then written out there instead of referring to this place.
      if (name === undefined) registry.add(schema.clone(), { id: place })
    }
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'file') Object.assign(jsonSchema, { type: 'string', format: 'binary' })
      // Zod spells out what `date-time` and a JSON integer are already.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
    },
  })
  const clean = (id: string): JsonSchema => {
    const { $schema: _dialect, $id: _id, id: _name, ...rest } = schemas[id] as JsonSchema
    return rest
  }
  return {
    components: Object.fromEntries(Object.keys(named).map((id) => [id, clean(id)])),
    of: (operation: string, part: Part): JsonSchema => {
      const id = ids.get(`${operation}.${part}`) ?? ''
      return id in named ? { $ref: `#/components/schemas/${id}` } : clean(id)
    },
  }
}

type Schemas = ReturnType<typeof renderSchemas>

function parameters(operation: string, route: Route, schemas: Schemas): JsonSchema[] {
  const list = (part: 'params' | 'query', place: 'path' | 'query') => {
    if (!route[part]) return []
    const { properties = {}, required = [] } = schemas.of(operation, part) as {
      properties?: Record<string, JsonSchema>
      required?: string[]
    }
    return Object.entries(properties).map(([name, schema]) => ({
      name,
      in: place,
      required: place === 'path' || required.includes(name),
      schema,
    }))
  }
  return [...list('params', 'path'), ...list('query', 'query')]
}

/** The statuses that a route can fail with, from its access and its inputs. */
function problemStatuses(route: Route): number[] {
  const statuses = new Set([429, 500, 503])
  const takesInput = route.body ?? route.query ?? route.params
  if (takesInput) statuses.add(400)
  if (route.access !== 'none' || route.path === '/token') statuses.add(401)
  // Also of a member: a body or a query may name a resource that the caller may not use.
  if (route.access !== 'none' && (takesInput || route.access === 'admin')) statuses.add(403)
  if (route.params || route.names_resource) statuses.add(404)
  if (route.method !== 'GET' && route.access !== 'none') statuses.add(409)
  if (route.body) statuses.add(413)
  return [...statuses].sort()
}

function operation(id: string, route: Route, schemas: Schemas): JsonSchema {
  const failures = problemStatuses(route).map((status) => [status, { $ref: `#/components/responses/Problem${status}` }])
  const body = route.body && {
    required: !route.body.safeParse(undefined).success,
    content: {
      [route.body_type === 'multipart' ? 'multipart/form-data' : 'application/json']: {
        schema: schemas.of(id, 'body'),
      },
    },
  }
  const answer = schemas.of(id, 'response')
  const schema = route.response_in_background
    ? { anyOf: [answer, { $ref: '#/components/schemas/BackgroundTask' }] }
    : answer
  const given = parameters(id, route, schemas)
  return {
    operationId: id,
    summary: route.summary,
    tags: [route.tag],
    ...(given.length > 0 && { parameters: given }),
    ...(body && { requestBody: body }),
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema } } },
      ...Object.fromEntries(failures),
    },
    ...(route.access === 'none' ? { security: route.path === '/token' ? [{ service_key: [] }] : [] } : {}),
    'x-access': route.access,
    ...(route.public_api === false && { 'x-leat-only': true }),
  }
}

function problemResponses(): JsonSchema {
  const statuses = [...new Set(Object.values(problems).map((problem) => problem.status))].sort()
  const description = (status: number) =>
    Object.values(problems)
      .filter((problem) => problem.status === status)
      .map((problem) => `${problem.code}: ${problem.title}. ${problem.next}`)
      .join('\n\n')
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    statuses.map((status) => [`Problem${status}`, { description: description(status), content }]),
  )
}

/** The OpenAPI 3.1 document of the route table, as `GET /api/openapi.json` answers it. */
export function openapi(version = '0.1.0'): JsonSchema {
  const schemas = renderSchemas()
  const paths: Record<string, Record<string, JsonSchema>> = {}
  for (const [id, route] of Object.entries<Route>(routes))
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(id, route, schemas)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Leat',
      version,
      description: 'Credentials, sources, nexsets, destinations and the flows between them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/api' }],
    security: [{ access_token: [] }],
    tags: [...new Set(Object.values<Route>(routes).map((route) => route.tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        access_token: { type: 'http', scheme: 'bearer', description: 'From POST /token.' },
        service_key: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: '`Basic <service key>`: the key as it is, not base64; or HTTP Basic with e-mail and password.',
        },
      },
      responses: problemResponses(),
      schemas: schemas.components,
    },
  }
}
