/**
 * Names on the wire, as the public Python client (1.0.8) spells them. Tables instead of `enum`: the key is the constant's name in
 * the client, the value is what is sent. Values that a field may have but the client does not check are plain strings in the schemas.
 */

type Values<T> = T[keyof T]

export const AccessRole = {
  OWNER: 'owner',
  ADMIN: 'admin',
  OPERATOR: 'operator',
  COLLABORATOR: 'collaborator',
} as const
export type AccessRole = Values<typeof AccessRole>

export const AccessorType = { USER: 'USER', TEAM: 'TEAM', ORG: 'ORG' } as const
export type AccessorType = Values<typeof AccessorType>

export const ConnectorCategory = {
  FILE: 'file',
  DATABASE: 'database',
  NOSQL: 'nosql',
  STREAMING: 'streaming',
  API: 'api',
  VECTOR_DB: 'vector_db',
  SPECIAL: 'special',
} as const
export type ConnectorCategory = Values<typeof ConnectorCategory>

export const VerifiedStatus = { VERIFIED: 'VERIFIED', UNVERIFIED: 'UNVERIFIED', FAILED: 'FAILED' } as const
export type VerifiedStatus = Values<typeof VerifiedStatus>

export const ResourceStatus = {
  ACTIVE: 'ACTIVE',
  PAUSED: 'PAUSED',
  DRAFT: 'DRAFT',
  DELETED: 'DELETED',
  ERROR: 'ERROR',
  INIT: 'INIT',
  PROCESSING: 'PROCESSING',
} as const
export type ResourceStatus = Values<typeof ResourceStatus>

export const SourceStatus = {
  ACTIVE: 'ACTIVE',
  PAUSED: 'PAUSED',
  DRAFT: 'DRAFT',
  DELETED: 'DELETED',
  ERROR: 'ERROR',
} as const
export type SourceStatus = Values<typeof SourceStatus>

export const DestinationStatus = SourceStatus
export type DestinationStatus = SourceStatus

export const NexsetStatus = { ...SourceStatus, PROCESSING: 'PROCESSING' } as const
export type NexsetStatus = Values<typeof NexsetStatus>

export const IngestMethod = {
  BATCH: 'BATCH',
  STREAMING: 'STREAMING',
  REAL_TIME: 'REAL_TIME',
  SCHEDULED: 'SCHEDULED',
  POLL: 'POLL',
} as const
export type IngestMethod = Values<typeof IngestMethod>

export const FlowType = { BATCH: 'batch', STREAMING: 'streaming', REAL_TIME: 'real_time' } as const
export type FlowType = Values<typeof FlowType>

/** `sink_format`: null or exactly one of these; the client refuses anything else (`tsv`, `CSV`). */
export const DestinationFormat = {
  JSON: 'json',
  CSV: 'csv',
  PARQUET: 'parquet',
  AVRO: 'avro',
  XML: 'xml',
  DELIMITED: 'delimited',
  FIXED_WIDTH: 'fixed_width',
} as const
export type DestinationFormat = Values<typeof DestinationFormat>

export const TransformType = {
  JOLT_STANDARD: 'jolt_standard',
  JOLT_CUSTOM: 'jolt_custom',
  PYTHON: 'python',
  JAVASCRIPT: 'javascript',
  SQL: 'sql',
} as const
export type TransformType = Values<typeof TransformType>

export const OutputType = { RECORD: 'record', ATTRIBUTE: 'attribute', CUSTOM: 'custom' } as const
export type OutputType = Values<typeof OutputType>

/** The `{resource_type}` of paths such as `/{resource_type}/{id}/flow`. */
export const ResourceType = { DATA_SOURCES: 'data_sources', DATA_SETS: 'data_sets', DATA_SINKS: 'data_sinks' } as const
export type ResourceType = Values<typeof ResourceType>

export const UserMetricResourceType = { SOURCE: 'SOURCE', SINK: 'SINK' } as const
export type UserMetricResourceType = Values<typeof UserMetricResourceType>

export const OrgMembershipStatus = { ACTIVE: 'ACTIVE', DEACTIVATED: 'DEACTIVATED' } as const
export type OrgMembershipStatus = Values<typeof OrgMembershipStatus>

export const UserStatus = {
  ACTIVE: 'ACTIVE',
  DEACTIVATED: 'DEACTIVATED',
  SOURCE_COUNT_CAPPED: 'SOURCE_COUNT_CAPPED',
  SOURCE_DATA_CAPPED: 'SOURCE_DATA_CAPPED',
  TRIAL_EXPIRED: 'TRIAL_EXPIRED',
} as const
export type UserStatus = Values<typeof UserStatus>

export const LogSeverity = { INFO: 'INFO', WARNING: 'WARNING', ERROR: 'ERROR' } as const
export type LogSeverity = Values<typeof LogSeverity>

/** Ours: the life of a run of a source. */
export const RunStatus = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  DONE: 'DONE',
  FAILED: 'FAILED',
  STOPPED: 'STOPPED',
} as const
export type RunStatus = Values<typeof RunStatus>

/** Ours: what started a run. */
export const RunTrigger = {
  ACTIVATE: 'activate',
  SCHEDULE: 'schedule',
  MANUAL: 'manual',
  RETRY: 'retry',
  UPLOAD: 'upload',
} as const
export type RunTrigger = Values<typeof RunTrigger>
