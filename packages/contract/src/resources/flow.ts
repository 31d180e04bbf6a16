import { z } from 'zod'
import { flag, jsonObject, timestamp } from '../values.ts'
import { accessRole, copyOptions, listQuery, sums } from './common.ts'

/** Every node, at any depth, has `id` and `origin_node_id`; exactly one of the three resource ids is set. */
export const flowNode = z.object({
  id: z.int(),
  origin_node_id: z.int(),
  parent_node_id: z.int().nullish(),
  data_source_id: z.int().nullish(),
  data_set_id: z.int().nullish(),
  data_sink_id: z.int().nullish(),
  shared_origin_node_id: z.int().nullish(),
  status: z.string().nullish(),
  project_id: z.int().nullish(),
  flow_type: z.string().nullish(),
  ingestion_mode: z.string().nullish(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  get children() {
    return z.array(flowNode).optional()
  },
})

const summary = {
  id: z.int(),
  owner_id: z.int(),
  org_id: z.int(),
  flow_node_id: z.int().nullish(),
  origin_node_id: z.int().nullish(),
  description: z.string().nullish(),
  access_roles: z.array(accessRole).optional(),
  tags: z.array(z.string()).optional(),
  copied_from_id: z.int().nullish(),
  managed: z.boolean().optional(),
  created_at: timestamp.optional(),
  updated_at: timestamp.optional(),
}

/** Flat summaries; the Python client reads them with its full Source, Nexset, Destination and Credential models. */
export const flowSource = z.object({
  ...summary,
  name: z.string(),
  status: z.string(),
  source_type: z.string(),
  connector_type: z.string().nullish(),
  connection_type: z.string().nullish(),
  data_credentials_id: z.int().nullish(),
  auto_generated: z.boolean().optional(),
})

export const flowNexset = z.object({
  ...summary,
  name: z.string().nullish(),
  status: z.string().nullish(),
  data_source_id: z.int().nullish(),
  parent_data_set_id: z.int().nullish(),
  data_sink_ids: z.array(z.int()).optional(),
  public: z.boolean().optional(),
})

export const flowSink = z.object({
  ...summary,
  name: z.string(),
  status: z.string(),
  sink_type: z.string(),
  connector_type: z.string().nullish(),
  connection_type: z.string().nullish(),
  data_credentials_id: z.int().nullish(),
  data_set_id: z.int().nullish(),
  data_source_id: z.int().nullish(),
})

export const flowCredential = z.object({
  ...summary,
  name: z.string(),
  credentials_type: z.string(),
  verified_status: z.enum(['VERIFIED', 'UNVERIFIED', 'FAILED']).nullish(),
})

/** Only with `include_run_metrics`. */
export const flowRunMetric = z.object({
  origin_node_id: z.int(),
  ...sums,
  reporting_date: timestamp,
  run_id: z.int(),
})

/** Omitted whole with `flows_only`. */
export const flowElements = {
  code_containers: z.array(jsonObject).optional(),
  data_sources: z.array(flowSource).optional(),
  data_sets: z.array(flowNexset).optional(),
  data_sinks: z.array(flowSink).optional(),
  data_credentials: z.array(flowCredential).optional(),
  shared_data_sets: z.array(jsonObject).optional(),
  orgs: z.array(jsonObject).optional(),
  users: z.array(jsonObject).optional(),
  projects: z.array(jsonObject).optional(),
}

/** One composite object for list, get, by resource, activate, pause and copy: never an array. */
export const flowResponse = z.object({
  flows: z.array(flowNode),
  ...flowElements,
  metrics: z.array(flowRunMetric).optional(),
})

/**
 * What activate and pause of a resource add to it. `PUT /data_sources/{id}/activate` is one URL for two calls of the Python client,
 * which read the answer as a Source and as a FlowResponse: the merged object satisfies both.
 */
export const activation = { flows: z.array(flowNode), ...flowElements }

export const flowListQuery = listQuery.extend({ flows_only: flag.optional(), include_run_metrics: flag.optional() })
export const flowGetQuery = z.looseObject({ flows_only: flag.optional(), include_run_metrics: flag.optional() })
export const flowDeleteQuery = z.looseObject({ all: flag.optional(), full_tree: flag.optional() })
export const flowCopyOptions = copyOptions.extend({ copy_dependent_data_flows: z.boolean().optional() })

export type FlowNode = z.output<typeof flowNode>
export type FlowResponse = z.output<typeof flowResponse>
export type FlowSource = z.output<typeof flowSource>
export type FlowNexset = z.output<typeof flowNexset>
export type FlowSink = z.output<typeof flowSink>
export type FlowCredential = z.output<typeof flowCredential>
export type FlowRunMetric = z.output<typeof flowRunMetric>
export type FlowCopyOptions = z.input<typeof flowCopyOptions>
