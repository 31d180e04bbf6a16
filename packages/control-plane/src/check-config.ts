import {
  type ConfigSchema,
  type ConfigWarning,
  type Connector,
  type JsonObject,
  normaliseConfig,
  toFault,
} from '@leat/connector-kit'
import type { ConfigWarning as WireWarning } from '@leat/contract'
import { checkReadOptions, checkWriteOptions } from '@leat/engine'
import { ApiProblem, invalid, toProblem } from './http/problem.ts'
import type { Platform } from './platform.ts'
import { nearestType, typesWith } from './registry.ts'

export type ConfigPart = 'credentials' | 'source' | 'sink'

/** Where each part stands in a request. */
const fields = {
  credentials: { type: 'credentials_type', config: 'credentials' },
  source: { type: 'source_type', config: 'source_config' },
  sink: { type: 'sink_type', config: 'sink_config' },
} as const

/** The connector of this type that has this part, or a 400 with the nearest name. */
export function requireConnector(platform: Platform, part: ConfigPart, type: string): Connector {
  const found = platform.registry.get(type)
  if (found?.[part]) return found
  const field = fields[part].type
  const near = nearestType(platform.registry, type, part)
  const known = typesWith(platform.registry, part)
  const what = found ? `connector "${type}" has no ${part}` : `there is no such connector on this server`
  throw invalid([
    {
      field,
      value: type,
      message: `"${field}" is "${type}": ${what}.${near ? ` Did you mean "${near}"?` : ''} Valid: ${known.join(', ')}.`,
      ...(near ? { nearest: near } : {}),
    },
  ])
}

/**
 * Checks a config as the user sent it. Returns the keys that no connector knows (with `strict` they are errors), the schedule that it names, and the config
 * as drivers get it. The config itself is stored unchanged: what drivers get is normalised again when it is used. Throws 400 `config_invalid` with one detail per key.
 */
export function checkConfig(
  platform: Platform,
  connector: Connector,
  part: ConfigPart,
  config: JsonObject,
  strict: boolean,
): { readonly warnings: WireWarning[]; readonly cron: string | null; readonly options: JsonObject } {
  const schema = part === 'credentials' ? connector.credentials! : connector[part]!.options
  const { type: typeField, config: prefix } = fields[part]
  // Clients repeat the type inside of the config.
  const { [typeField]: repeated, ...rest } = config
  const result = normaliseConfig(
    schema,
    connector.aliases?.[part],
    repeated === undefined || repeated === connector.type || part === 'credentials' ? rest : config,
  )
  const details = result.issues.map((issue) => ({
    field: placeOf(prefix, issue.field),
    ...(issue.value === undefined || part === 'credentials' ? {} : { value: issue.value }),
    message: issue.message,
    ...(issue.nearest === undefined ? {} : { nearest: issue.nearest }),
  }))
  if (part === 'source') details.push(...cronIssues(platform, result.value))
  if (details.length === 0) details.push(...formatIssues(part, schema, result.value))
  // Next to other errors, a key that looks like a misspelt one is most likely their cause.
  const telling = strict ? result.warnings : details.length > 0 ? result.warnings.filter((one) => one.nearest) : []
  details.push(...telling.map((warning) => unknownKey(prefix, warning, connector, strict)))
  if (details.length > 0) throw invalid(details, 'config_invalid')
  const warnings = result.warnings.map(({ key, nearest, reason }) => ({
    key,
    ...(nearest === null ? {} : { nearest }),
    ...(reason === undefined ? {} : { reason }),
  }))
  return { warnings, cron: part === 'source' ? cronOf(result.value) : null, options: result.value }
}

/** `template_config` stands beside the config, not in it. */
function placeOf(prefix: string, key: string): string {
  return key === 'template_config' || key.startsWith('template_config.') ? key : `${prefix}.${key}`
}

function cronOf(normalised: JsonObject): string | null {
  const cron = normalised['start.cron']
  return typeof cron === 'string' && cron.trim() !== '' ? cron.trim() : null
}

function cronIssues(platform: Platform, config: JsonObject) {
  const cron = cronOf(config)
  if (cron === null) return []
  try {
    platform.checkCron(cron)
    return []
  } catch (thrown) {
    return [{ field: 'source_config.start.cron', value: cron, message: toProblem(thrown).message }]
  }
}

/** Formats, paths and patterns that the engine could not use: said now, and not in the first run. */
function formatIssues(part: ConfigPart, schema: ConfigSchema, config: JsonObject) {
  try {
    if (part === 'source' && Object.hasOwn(schema.shape, 'file_format')) checkReadOptions(config)
    if (part === 'sink' && Object.hasOwn(schema.shape, 'data_format')) checkWriteOptions(config)
    return []
  } catch (thrown) {
    const { field, message } = toFault(thrown)
    if (field === undefined) throw thrown
    const value = config[field]
    return [{ field: `${part}_config.${field}`, ...(value === undefined ? {} : { value }), message }]
  }
}

function unknownKey(prefix: string, warning: ConfigWarning, connector: Connector, strict: boolean) {
  if (warning.reason !== undefined)
    return {
      field: placeOf(prefix, warning.key),
      message: `"${warning.key}" has no effect: ${warning.reason}. Remove it, or leave out strict=true to have it stored without effect.`,
    }
  const hint = warning.nearest ? ` Did you mean "${warning.nearest}"?` : ''
  return {
    field: placeOf(prefix, warning.key),
    message: `"${warning.key}" is not a key of ${connector.type}.${hint}${strict ? ' Remove it, or leave out strict=true to have it stored without effect.' : ''}`,
    ...(warning.nearest ? { nearest: warning.nearest } : {}),
  }
}

/** A credential of this type may be used with this connector. */
export function requireMatchingCredential(connector: Connector, credentialType: string, id: number): void {
  const accepted = [connector.type, ...(connector.accepts_credentials ?? [])]
  if (accepted.includes(credentialType)) return
  throw invalid([
    {
      field: 'data_credentials_id',
      value: id,
      message: `"data_credentials_id" is ${id}, a credential of type "${credentialType}"; ${connector.type} takes ${accepted.join(' or ')}. Choose another credential.`,
    },
  ])
}

export function requireCredentialGiven(connector: Connector, id: number | null): void {
  if (id !== null || connector.credentials === undefined || connector.credentials_optional === true) return
  throw invalid([
    {
      field: 'data_credentials_id',
      message: `"data_credentials_id" is missing: ${connector.type} needs a credential. Create one with POST /data_credentials, or give an object in "data_credentials".`,
    },
  ])
}

export function requireOwnOrganisation(callerOrgId: number, orgId: number | undefined): void {
  if (orgId === undefined || orgId === callerOrgId) return
  throw new ApiProblem(
    'not_found',
    `There is no organisation ${orgId} that you may copy to. Leave out "org_id" to stay in yours.`,
  )
}
