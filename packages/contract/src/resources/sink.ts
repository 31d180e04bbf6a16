import { z } from 'zod'
import { jsonObject, timestamp } from '../values.ts'
import { configWarning, connectorBrief, problemNote, resourceBase } from './common.ts'
import { credential } from './credential.ts'
import { activation } from './flow.ts'

export const sinkNexset = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string().nullish(),
  status: z.string().nullish(),
  output_schema: jsonObject.nullish(),
  version: z.int().nullish(),
  created_at: timestamp.optional(),
  updated_at: timestamp.optional(),
})

export const sink = z.object({
  ...resourceBase,
  name: z.string(),
  status: z.string(),
  sink_type: z.string(),
  connector_type: z.string().nullish(),
  connector: connectorBrief.optional(),
  managed: z.boolean().optional(),
  data_set_id: z.int().nullish(),
  data_map_id: z.int().nullish(),
  data_source_id: z.int().nullish(),
  /** Ours: the source that what this destination is answered becomes records of (`create.datasource`). */
  answer_source_id: z.int().nullish(),
  /** Lower case, one of seven, or absent: the client refuses any other text. */
  sink_format: z.enum(['json', 'csv', 'parquet', 'avro', 'xml', 'delimited', 'fixed_width']).nullish(),
  sink_config: jsonObject.nullish(),
  template_config: jsonObject.nullish(),
  sink_schedule: z.string().nullish(),
  in_memory: z.boolean().optional(),
  create_destination: z.boolean().optional(),
  data_set: sinkNexset.optional(),
  data_credentials_id: z.int().nullish(),
  data_credentials: credential.optional(),
  flow_type: z.string().nullish(),
  has_template: z.boolean().optional(),
  vendor_endpoint: jsonObject.nullish(),
  vendor: jsonObject.nullish(),
  /** Ours. */
  config_warnings: z.array(configWarning).optional(),
  problem: problemNote.nullish(),
})

export const sinkCreate = z.looseObject({
  name: z.string().min(1),
  sink_type: z.string().min(1),
  data_credentials_id: z.int().nullish(),
  /** An id or an inline credential `{name, credentials_type, credentials}`. */
  data_credentials: z.union([z.int(), jsonObject]).optional(),
  data_set_id: z.int().nullish(),
  description: z.string().nullish(),
  sink_config: jsonObject.optional(),
  template_config: jsonObject.optional(),
  vendor_endpoint_id: z.int().nullish(),
  create_destination: z.boolean().optional(),
  data_map: jsonObject.optional(),
  tags: z.array(z.string()).optional(),
})

/** `sink_config` is replaced whole. */
export const sinkUpdate = sinkCreate.omit({ sink_type: true }).partial()

/** What the next delivery would change; nothing of it is done. */
export const sinkPlan = z.object({
  /** In words, with the statement where there is one. */
  changes: z.array(z.object({ what: z.string(), ddl: z.string().optional() })),
  /** Rows by what would be done with them; null where the destination cannot count them, or nothing waits. */
  rows: z.object({ inserted: z.int(), updated: z.int(), unchanged: z.int(), refused: z.int() }).nullable(),
  /** Records that wait for delivery, and how many of them `rows` is about. */
  waiting: z.int(),
  counted: z.int(),
})

export const activatedSink = sink.extend(activation)

export type Sink = z.output<typeof sink>
export type SinkPlan = z.output<typeof sinkPlan>
export type ActivatedSink = z.output<typeof activatedSink>
export type SinkCreate = z.input<typeof sinkCreate>
export type SinkUpdate = z.input<typeof sinkUpdate>
