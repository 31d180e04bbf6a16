import type { z } from 'zod'

/** One row of the route table, from which OpenAPI, validation, SDK methods and guard tests are made. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the base URL `/api`; parameters as `{id}`. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Default `json`. A `multipart` body is a form with one or more files. */
  readonly body_type?: 'json' | 'multipart'
  /** 200 unless the handler says otherwise. */
  readonly response: z.ZodType
  /** What comes instead of `response` when the query says `async`. */
  readonly response_in_background?: z.ZodType
  readonly access: Access
  /** True when the query may name a resource, which may then not be there: 404. */
  readonly names_resource?: boolean
  /** False where the Python client has no such call (`leat` only). */
  readonly public_api?: boolean
}

/**
 * Who may call. `none`: no token. `member`: any member of the organisation. `admin`: an organisation admin. Otherwise the
 * least role on the resource in the path: collaborator < operator < admin < owner.
 */
export type Access =
  | 'none'
  | 'member'
  | 'admin'
  | {
      /** `{resource_type}`: the kind that the path parameter of this name gives. The resource's id is always the parameter `id`. */
      readonly resource: ResourceKind | '{resource_type}'
      readonly role: Role
    }

export type Role = 'collaborator' | 'operator' | 'admin' | 'owner'

export type ResourceKind = 'data_credentials' | 'data_sources' | 'data_sets' | 'data_sinks' | 'data_maps' | 'flows'

/** Keeps the literal types of one route. */
export function route<const R extends Route>(value: R): R {
  return value
}
