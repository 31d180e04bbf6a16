import type { CallOf, OperationId, ResponseOf, Route } from '@leat/contract'

/** For every method: cancel the call, or give it another time limit than the client's. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeout_ms?: number | undefined
}

type Given<T, K extends string> = [T] extends [undefined]
  ? { readonly [P in K]?: undefined }
  : undefined extends T
    ? { readonly [P in K]?: T }
    : { readonly [P in K]: T }

/** What an operation takes. Query parameters are always optional here; the server says which one is missing. */
export type Input<O extends OperationId> = Given<CallOf<O>['params'], 'params'> &
  Given<CallOf<O>['body'], 'body'> & { readonly query?: CallOf<O>['query'] | undefined } & CallOptions

/** Calls one operation of the route table. */
export type Caller = <O extends OperationId>(operation: O, input: Input<O>) => Promise<ResponseOf<O>>

export type QueryOf<O extends OperationId> = CallOf<O>['query']
export type BodyOf<O extends OperationId> = NonNullable<CallOf<O>['body']>

/** The path of a route with its parameters and its query filled in. */
export function pathOf(route: Route, params: object | undefined, query: object | undefined): string {
  const given = (params ?? {}) as Record<string, unknown>
  const path = route.path.replaceAll(/\{([^}]+)\}/g, (_hole, name: string) => {
    const value = given[name]
    if (value === undefined || value === null || value === '')
      throw new TypeError(`${route.method} ${route.path} needs "${name}".`)
    return encodeURIComponent(String(value))
  })
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined && value !== null) search.append(name, String(value))
  return search.size > 0 ? `${path}?${search}` : path
}
