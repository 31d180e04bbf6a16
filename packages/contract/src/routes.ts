import type { z } from 'zod'
import type { Route } from './route.ts'
import { credentialRoutes } from './routes/credentials.ts'
import { flowRoutes } from './routes/flows.ts'
import { lookupRoutes } from './routes/lookups.ts'
import { metricRoutes } from './routes/metrics.ts'
import { nexsetRoutes } from './routes/nexsets.ts'
import { platformRoutes } from './routes/platform.ts'
import { resourceAccessRoutes } from './routes/resource-access.ts'
import { sessionRoutes } from './routes/session.ts'
import { sinkRoutes } from './routes/sinks.ts'
import { sourceRoutes } from './routes/sources.ts'

/** Every operation of the API by its id. OpenAPI, validation, the SDK and the guard tests are made from this table. */
export const routes = {
  ...sessionRoutes,
  ...credentialRoutes,
  ...sourceRoutes,
  ...nexsetRoutes,
  ...sinkRoutes,
  ...lookupRoutes,
  ...flowRoutes,
  ...metricRoutes,
  ...resourceAccessRoutes,
  ...platformRoutes,
} satisfies Record<string, Route>

export type Routes = typeof routes
export type OperationId = keyof Routes

type SchemaOf<O extends OperationId, K extends 'params' | 'query' | 'body' | 'response'> =
  Routes[O] extends Record<K, infer S extends z.ZodType> ? S : never

/** What a handler gets, after validation; `undefined` where the route declares none. */
export interface RequestOf<O extends OperationId> {
  readonly params: [SchemaOf<O, 'params'>] extends [never] ? undefined : z.output<SchemaOf<O, 'params'>>
  readonly query: [SchemaOf<O, 'query'>] extends [never] ? undefined : z.output<SchemaOf<O, 'query'>>
  readonly body: [SchemaOf<O, 'body'>] extends [never] ? undefined : z.output<SchemaOf<O, 'body'>>
}

/** What a caller gives. */
export interface CallOf<O extends OperationId> {
  readonly params: [SchemaOf<O, 'params'>] extends [never] ? undefined : z.input<SchemaOf<O, 'params'>>
  readonly query: [SchemaOf<O, 'query'>] extends [never] ? undefined : z.input<SchemaOf<O, 'query'>>
  readonly body: [SchemaOf<O, 'body'>] extends [never] ? undefined : z.input<SchemaOf<O, 'body'>>
}

/** What an answer is made of. */
export type ResponseOf<O extends OperationId> = z.output<SchemaOf<O, 'response'>>
