import { z } from 'zod'
import { flag, integer, jsonObject } from '../values.ts'
import { copyOptions, problemNote, resourceBase } from './common.ts'
import { activation, flowSink } from './flow.ts'
import { nexsetBrief, source } from './source.ts'

/** Only types of the public client's DestinationType may stand in `sink_type`; another one makes the client refuse the whole nexset. */
export const sinkBrief = z.object({
  id: z.int(),
  name: z.string(),
  owner_id: z.int().nullish(),
  org_id: z.int().nullish(),
  status: z.string().nullish(),
  sink_type: z.string().nullish(),
})

export const nexset = z.object({
  ...resourceBase,
  name: z.string().nullish(),
  status: z.string().nullish(),
  flow_type: z.string().nullish(),
  data_source_id: z.int().nullish(),
  data_source: source.optional(),
  parent_data_set_id: z.int().nullish(),
  parent_data_sets: z.array(nexsetBrief).optional(),
  data_sinks: z.array(sinkBrief).optional(),
  transform_id: z.int().nullish(),
  transform: jsonObject.nullish(),
  has_custom_transform: z.boolean().optional(),
  /** JSON Schema: `{type: "object", properties, $schema, "$schema-id"}`; null until data was seen. */
  output_schema: jsonObject.nullish(),
  source_schema: jsonObject.nullish(),
  output_schema_annotations: jsonObject.nullish(),
  output_schema_validation_enabled: z.boolean().optional(),
  output_validation_schema: jsonObject.nullish(),
  custom_config: jsonObject.nullish(),
  version: z.int().nullish(),
  sample_service_id: z.int().nullish(),
  public: z.boolean().optional(),
  managed: z.boolean().optional(),
  /** Ours: days that segments are kept. */
  retention_days: z.int().optional(),
  problem: problemNote.nullish(),
})

const nexsetWrite = {
  name: z.string().min(1),
  description: z.string().nullish(),
  /** Ignored; `transform` or `transform_id`, whichever is present, counts. Echoed back. */
  has_custom_transform: z.boolean(),
  /** `{version, operations: [...]}`, or `{code_type: "sql", code}`. */
  transform: jsonObject.nullish(),
  transform_id: z.int().nullish(),
  output_schema_annotations: jsonObject.nullish(),
  output_schema_validation_enabled: z.boolean().optional(),
  output_validation_schema: jsonObject.nullish(),
  data_sinks: z.array(z.union([z.int(), jsonObject])).optional(),
  custom_config: jsonObject.nullish(),
  tags: z.array(z.string()).optional(),
  retention_days: z.int().positive().optional(),
}

export const nexsetCreate = z.looseObject({
  ...nexsetWrite,
  has_custom_transform: z.boolean().optional(),
  parent_data_set_id: z.int(),
})

export const nexsetUpdate = z.looseObject(nexsetWrite).partial()

export const nexsetCopyOptions = copyOptions.omit({ reuse_data_credentials: true })

/**
 * `sink_type` may be missing here: the client refuses a nexset whose sinks have a type outside of its list (`local_file`), and needs one in a flow.
 * Leave it out for such types unless `all` or `full_tree` says that the caller reads a flow.
 */
export const activatedNexset = nexset.extend({
  ...activation,
  data_sinks: z.array(flowSink.partial({ sink_type: true })),
})

export const samplesQuery = z.looseObject({
  count: integer.min(1).max(1000).default(10),
  include_metadata: flag.default(false),
  live: flag.optional(),
})

export const nexlaMetadata = z.looseObject({
  sourceType: z.string().nullish(),
  /** Epoch ms. */
  ingestTime: z.int().nullish(),
  sourceOffset: z.int().nullish(),
  sourceKey: z.string().nullish(),
  resourceType: z.string().nullish(),
  resourceId: z.int().nullish(),
  runId: z.int().nullish(),
})

export const sampleWithMetadata = z.object({ rawMessage: jsonObject, nexlaMetaData: nexlaMetadata.nullish() })

/** Plain records, or with metadata when `include_metadata`. */
export const samples = z.array(z.union([sampleWithMetadata, jsonObject]))

export type Nexset = z.output<typeof nexset>
export type ActivatedNexset = z.output<typeof activatedNexset>
export type NexsetCreate = z.input<typeof nexsetCreate>
export type NexsetUpdate = z.input<typeof nexsetUpdate>
export type NexsetCopyOptions = z.input<typeof nexsetCopyOptions>
export type SinkBrief = z.output<typeof sinkBrief>
export type NexsetSample = z.output<typeof sampleWithMetadata>
