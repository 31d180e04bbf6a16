import type { AccessorTable, AuditEntryTable, CreateReplayTable, SettingTable } from './tables/access.ts'
import type {
  ConsentTable,
  CredentialStateTable,
  ProbeTaskTable,
  RequestCountTable,
} from './tables/credential-state.ts'
import type { DataCredentialTable } from './tables/credentials.ts'
import type { FlowNodeTable } from './tables/flow.ts'
import type { HookKeyTable, HookTable } from './tables/hooks.ts'
import type { AccessTokenTable, AppUserTable, OrgMemberTable, OrgTable, ServiceKeyTable } from './tables/identity.ts'
import type { DataMapEntryTable, DataMapTable } from './tables/lookups.ts'
import type { FlowLogTable, MetricTable } from './tables/metrics.ts'
import type { DataSetTable } from './tables/nexsets.ts'
import type { RunTable, UnitTable } from './tables/runs.ts'
import type { GarbageTable, QuarantineTable, SegmentTable, StagedTokenTable } from './tables/segments.ts'
import type { DataSinkTable } from './tables/sinks.ts'
import type { DataSourceTable } from './tables/sources.ts'

/** Every table of the schema `leat`, for Kysely. A table's type lives with its aggregate. */
export interface Tables {
  org: OrgTable
  app_user: AppUserTable
  org_member: OrgMemberTable
  service_key: ServiceKeyTable
  access_token: AccessTokenTable
  data_credential: DataCredentialTable
  flow_node: FlowNodeTable
  data_source: DataSourceTable
  data_set: DataSetTable
  data_sink: DataSinkTable
  data_map: DataMapTable
  data_map_entry: DataMapEntryTable
  accessor: AccessorTable
  audit_entry: AuditEntryTable
  create_replay: CreateReplayTable
  probe_task: ProbeTaskTable
  request_count: RequestCountTable
  setting: SettingTable
  run: RunTable
  unit: UnitTable
  segment: SegmentTable
  garbage: GarbageTable
  quarantine: QuarantineTable
  staged_token: StagedTokenTable
  metric: MetricTable
  flow_log: FlowLogTable
  credential_state: CredentialStateTable
  consent: ConsentTable
  hook: HookTable
  hook_key: HookKeyTable
}
