import { type Fault, type Json, type JsonObject, secretValues, toFault } from '@leat/connector-kit'
import type { ProblemDetail } from '@leat/contract'
import { credentialPurpose } from '../auth/vault.ts'
import { openedConfig } from '../config-secrets.ts'
import { attempt } from '../credentials/attempt.ts'
import { sharedState } from '../credentials/shared-state.ts'
import { PlaceFault } from '../credentials/connection-tester.ts'
import type { Call } from '../http/call.ts'
import { invalid } from '../http/problem.ts'
import { ownersLookups } from '../lookups/lookup-reader.ts'
import { withTemplate } from '../with-template.ts'
import type { Platform } from '../platform.ts'
import { type FlowNodeRow, resourceOf } from './flow-nodes.ts'

/** With the wait for detection that follows, an activation answers before its client gives up after 10 s. */
const patienceMs = 3000

/** What the user must put right before a run can do anything. Whatever can pass by itself is left to the retries of the run. */
const userKinds: readonly Fault['kind'][] = ['config', 'auth', 'not_found', 'unsupported']

/** Throws a 400 with a detail for each source and destination whose place cannot be used as it is configured. */
export async function preflight(platform: Platform, call: Call, nodes: readonly FlowNodeRow[]): Promise<void> {
  const found = await Promise.all(nodes.map((node) => check(platform, call, node)))
  const details = found.filter((detail) => detail !== null)
  if (details.length > 0) throw invalid(details, 'config_invalid')
}

async function check(platform: Platform, call: Call, node: FlowNodeRow): Promise<ProblemDetail | null> {
  const { kind, id } = resourceOf(node)
  if (kind === 'data_sets') return null
  const part = kind === 'data_sources' ? 'source' : 'sink'
  const row = await load(platform, part, id)
  const connector = row && platform.registry.get(row.type)
  if (!row || !connector?.[part]) return null
  const credentials = row.sealed ? platform.vault.open(credentialPurpose, row.sealed) : {}
  const { credentials_type: _repeated, ...given } = credentials
  const config = withTemplate(connector, part, openedConfig(platform.vault, row.config), row.template)
  const secrets = connector.credentials ? secretValues(connector.credentials, given) : []
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(patienceMs)])
  try {
    const shared =
      row.credentials_id === null ? {} : { shared: sharedState(platform.db, platform.vault, row.credentials_id) }
    const target = { type: row.type, credentials: given, secrets, ...shared, lookup: ownersLookups(platform.db, row) }
    await attempt(target, signal, (opened) => platform.tester.preflight(opened, part, config))
    return null
  } catch (thrown) {
    const fault = toFault(thrown)
    if (!userKinds.includes(fault.kind)) return null
    return detailOf(fault, part, config, Object.keys(connector[part].options.shape))
  }
}

async function load(platform: Platform, part: 'source' | 'sink', id: number) {
  const { db } = platform
  const rows =
    part === 'source'
      ? db
          .selectFrom('data_source as n')
          .leftJoin('data_credential as c', 'c.id', 'n.data_credentials_id')
          .select([
            'n.org_id',
            'n.owner_id',
            'n.source_type as type',
            'n.source_config as config',
            'n.template_config as template',
            'n.data_credentials_id as credentials_id',
            'c.sealed',
          ])
      : db
          .selectFrom('data_sink as n')
          .leftJoin('data_credential as c', 'c.id', 'n.data_credentials_id')
          .select([
            'n.org_id',
            'n.owner_id',
            'n.sink_type as type',
            'n.sink_config as config',
            'n.template_config as template',
            'n.data_credentials_id as credentials_id',
            'c.sealed',
          ])
  return rows.where('n.id', '=', id).executeTakeFirst()
}

function detailOf(fault: Fault, part: 'source' | 'sink', config: JsonObject, keys: readonly string[]): ProblemDetail {
  const key = keys.find((one) => fault.field === one || fault.field?.startsWith(`${one}.`))
  const own = key !== undefined
  const field =
    fault.field === undefined ? `${part}_config` : `${own ? `${part}_config` : 'credentials'}.${fault.field}`
  const value = own ? valueAt(config[key], fault.field!.slice(key.length + 1)) : undefined
  return {
    field,
    ...(value === undefined ? {} : { value }),
    message: fault.message,
    ...(fault.cause instanceof PlaceFault ? { nearest: fault.cause.nearest } : {}),
  }
}

/** The value at `0.map.id` of a list of objects, whose keys may hold dots; of anything else, the whole. */
function valueAt(value: Json | undefined, path: string): Json | undefined {
  const [, index, key] = /^(\d+)\.(.+)$/.exec(path) ?? []
  const item =
    Array.isArray(value) && index !== undefined ? (value[Number(index)] as JsonObject | undefined) : undefined
  return path === '' ? value : item?.[key!]
}
