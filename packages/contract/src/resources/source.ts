import { z } from 'zod'
import { jsonObject, timestamp } from '../values.ts'
import { configWarning, connectorBrief, problemNote, resourceBase } from './common.ts'
import { credential } from './credential.ts'
import { activation, flowNexset } from './flow.ts'

/** A nexset as its source lists it: `id`, `owner_id` and `org_id` are required by the Python client. */
export const nexsetBrief = z.object({
  id: z.int(),
  owner_id: z.int(),
  org_id: z.int(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  version: z.int().nullish(),
  created_at: timestamp.optional(),
  updated_at: timestamp.optional(),
})

/** A key for the URL of a webhook. */
export const apiKey = z.object({
  id: z.int(),
  name: z.string(),
  /** The key itself; null for those who may not run the source. */
  api_key: z.string().nullable(),
  status: z.string(),
  created_at: timestamp,
  /** A rotated key that goes on for a while ends then. */
  expires_at: timestamp.nullable(),
})

export const apiKeyCreate = z.object({ name: z.string().min(1).max(100).optional() })

export const apiKeyRotate = z.object({
  /** The old key goes on for this long, so that senders can be changed one after another. */
  keep_old_seconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .optional(),
})

export const source = z.object({
  ...resourceBase,
  name: z.string(),
  status: z.string(),
  source_type: z.string(),
  connector_type: z.string().nullish(),
  connector: connectorBrief.optional(),
  managed: z.boolean().optional(),
  auto_generated: z.boolean().optional(),
  ingest_method: z.string().nullish(),
  source_format: z.string().nullish(),
  source_config: jsonObject.nullish(),
  template_config: jsonObject.nullish(),
  poll_schedule: z.string().nullish(),
  code_container_id: z.int().nullish(),
  data_credentials_id: z.int().nullish(),
  data_credentials: credential.optional(),
  /** The destination whose answers are its records. */
  data_sink_id: z.int().nullish(),
  data_sets: z.array(nexsetBrief).optional(),
  /** Ours: where records are posted to, for sources that take them (`nexla_rest`). */
  hosted_url: z.string().optional(),
  /** Keys for `hosted_url`. */
  api_keys: z.array(apiKey).optional(),
  run_ids: z.array(z.object({ id: z.int(), created_at: timestamp })).optional(),
  flow_type: z.string().nullish(),
  ingestion_mode: z.string().nullish(),
  has_template: z.boolean().optional(),
  vendor_endpoint: jsonObject.nullish(),
  vendor: jsonObject.nullish(),
  /** Ours. */
  config_warnings: z.array(configWarning).optional(),
  /** Ours: why the last run failed, and when the next try comes; absent when all is well. */
  problem: problemNote.nullish(),
})

export const sourceCreate = z.looseObject({
  name: z.string().min(1),
  source_type: z.string().min(1),
  data_credentials_id: z.int().nullish(),
  /** An id or an inline credential `{name, credentials_type, credentials}`. */
  data_credentials: z.union([z.int(), jsonObject]).optional(),
  description: z.string().nullish(),
  source_config: jsonObject.optional(),
  template_config: jsonObject.optional(),
  ingest_method: z.string().nullish(),
  vendor_endpoint_id: z.int().nullish(),
  code_container_id: z.int().nullish(),
  tags: z.array(z.string()).optional(),
})

/** `source_config` is replaced whole. */
export const sourceUpdate = sourceCreate.omit({ source_type: true }).partial()

export const sourceTry = z.object({
  /** Ask for real, and show the beginning of the answer. */
  sample: z.boolean().optional(),
})

/** What the next run would begin with. Values of the credential and of earlier answers stand there as their placeholders. */
export const sourceTrial = z.object({
  requests: z.array(
    z.object({
      step: z.string(),
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.string().nullable(),
      /** What is added when the request is sent. */
      authentication: z.string(),
    }),
  ),
  sample: z.object({ contentType: z.string(), response: z.union([z.string(), jsonObject]) }).nullable(),
})

export const activatedSource = source.extend({ ...activation, data_sets: z.array(flowNexset) })

export type NexsetBrief = z.output<typeof nexsetBrief>
export type Source = z.output<typeof source>
export type SourceTrial = z.output<typeof sourceTrial>
export type ActivatedSource = z.output<typeof activatedSource>
export type SourceCreate = z.input<typeof sourceCreate>
export type SourceUpdate = z.input<typeof sourceUpdate>
