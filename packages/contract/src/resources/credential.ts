import { z } from 'zod'
import { flag, integer, jsonObject, timestamp } from '../values.ts'
import { configWarning, connectorBrief, listQuery, resourceBase } from './common.ts'

export const credential = z.object({
  ...resourceBase,
  name: z.string(),
  credentials_type: z.string(),
  credentials_version: z.string().nullish(),
  managed: z.boolean().optional(),
  connector: connectorBrief.optional(),
  api_keys: z.array(jsonObject).optional(),
  /** The keys that are not secret. Secrets are never returned. */
  credentials_non_secure_data: jsonObject.nullish(),
  verified_status: z.enum(['VERIFIED', 'UNVERIFIED', 'FAILED']).nullish(),
  verified_at: timestamp.nullish(),
  template_config: jsonObject.nullish(),
  vendor: jsonObject.nullish(),
  auth_template: jsonObject.nullish(),
  referenced_resource_ids: z.record(z.string(), z.array(z.int())).nullish(),
  config_warnings: z.array(configWarning).optional(),
})

export const credentialCreate = z.looseObject({
  name: z.string().min(1),
  credentials_type: z.string().min(1),
  credentials: jsonObject.optional(),
  description: z.string().nullish(),
  auth_template_id: z.int().optional(),
  vendor_id: z.int().optional(),
  template_config: jsonObject.optional(),
  tags: z.array(z.string()).optional(),
})

/** `credentials` is replaced whole. */
export const credentialUpdate = credentialCreate.omit({ credentials_type: true }).partial()

/** Ours: where the browser goes, and where the service has to send it back to (to be registered with the application there). */
export const consentBegun = z.object({ url: z.string(), redirect_uri: z.string() })

export const credentialListQuery = listQuery.extend({ credentials_type: z.string().optional() })

export const probeQuery = z.looseObject({ async: flag.optional(), request_id: integer.optional() })

export const probeResult = z.object({
  /** `ok`; a credential that does not work is a problem answer instead. */
  status: z.string(),
  message: z.string(),
  connection_type: z.string().optional(),
  output: jsonObject.optional(),
})

/** Answer to `async=true`, and to `request_id` until the work is done; then `result` holds what the call answers by itself. */
export const backgroundTask = z.object({
  request_id: z.int(),
  /** `running`, `completed` or `failed`. */
  status: z.string(),
  progress: z.number(),
  result: z.unknown().optional(),
  request_started_at: timestamp,
  request_stopped_at: timestamp.nullable(),
  request_completed_at: timestamp.nullable(),
})

export const probeTreeRequest = z.looseObject({
  depth: z.int().min(1),
  path: z.string().optional(),
  database: z.string().optional(),
  table: z.string().optional(),
})

/** `object`: name -> node `{type, value, display_name?, size?, created_at?, updated_at?}`; `output` repeats it. */
export const probeTreeResult = z.object({
  status: z.string(),
  message: z.string(),
  connection_type: z.string(),
  object: jsonObject,
  output: jsonObject.optional(),
})

/** Files: `path`; everything else: keys of the connector's source_config. */
export const probeSampleRequest = z.looseObject({ path: z.string().optional() })

export const probeSampleResult = z.object({
  status: z.string(),
  message: z.string(),
  connection_type: z.string(),
  /** `{contentType, statusCode, response}`; `response` is text, or `{columns, data}` for tables. */
  output: jsonObject,
})

export type Credential = z.output<typeof credential>
export type CredentialCreate = z.input<typeof credentialCreate>
export type CredentialUpdate = z.input<typeof credentialUpdate>
export type ConsentBegun = z.output<typeof consentBegun>
export type CredentialListQuery = z.input<typeof credentialListQuery>
export type ProbeResult = z.output<typeof probeResult>
export type ProbeTreeRequest = z.input<typeof probeTreeRequest>
export type ProbeTreeResult = z.output<typeof probeTreeResult>
export type ProbeSampleRequest = z.input<typeof probeSampleRequest>
export type ProbeSampleResult = z.output<typeof probeSampleResult>
