import { Fault, type JsonObject } from '@leat/connector-kit'

/** A credential of `s3` or `min_io_s3` as the client needs it. */
export interface S3Settings {
  /** Without a trailing slash. */
  readonly endpoint: string
  readonly region: string
  readonly pathStyle: boolean
  readonly login: LoginSettings
  /** Request headers that ask for server-side encryption of written objects. */
  readonly encryption:
    { readonly kind: 'none' } | { readonly kind: 'AES256' } | { readonly kind: 'aws:kms'; readonly keyArn: string }
  readonly testPath: string
}

export type LoginSettings =
  | { readonly kind: 'key'; readonly key: KeyPair }
  | { readonly kind: 'role'; readonly arn: string; readonly externalId?: string; readonly key?: KeyPair }
  | { readonly kind: 'instance' }

export interface KeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Validated credentials -> settings. What is switched on but not supported is refused, never ignored. */
export function s3Settings(credentials: JsonObject): S3Settings {
  const problem = unsupportedKey(credentials)
  if (problem !== undefined)
    throw new Fault({ kind: 'config', code: 's3.unsupported', field: problem.field, message: problem.message })
  const region = textOf(credentials['region']) ?? 'us-east-1'
  const endpoint = (textOf(credentials['nx_external_host']) ?? textOf(credentials['endpoint']))?.replace(/\/+$/, '')
  const isAmazon = endpoint === undefined || /\.amazonaws\.com(\.cn)?(:\d+)?$/.test(endpoint)
  return {
    endpoint: endpoint ?? amazonEndpoint(region),
    region,
    pathStyle: typeof credentials['path_style'] === 'boolean' ? credentials['path_style'] : !isAmazon,
    login: loginOf(credentials),
    encryption: encryptionOf(credentials),
    testPath: textOf(credentials['test.path']) ?? '',
  }
}

/** The first key that switches on what this connector cannot do. Also used by the schemas, so that a create gets a 400. */
export function unsupportedKey(credentials: JsonObject): { field: string; message: string } | undefined {
  const switches = {
    has_client_encryption:
      'Client-side encryption is not supported. Switch it off and use server-side encryption (sse.enabled).',
    file_encryption_enabled:
      'PGP encryption of files is not supported. Switch it off, and decrypt the files before Leat reads them.',
  }
  for (const [field, message] of Object.entries(switches)) if (credentials[field] === true) return { field, message }
  return undefined
}

/** What is missing or contradicts itself in a login; undefined when it is complete. */
export function loginProblem(credentials: JsonObject): { field: string; message: string } | undefined {
  const type = authType(credentials)
  if (type === 'ARN' && textOf(credentials['arn']) === undefined)
    return { field: 'arn', message: 'Give the ARN of the role, such as arn:aws:iam::123456789012:role/reader.' }
  if (type === 'Instance Role') return undefined
  const key = keyPairOf(credentials)
  const [access, secret] = [key?.accessKeyId, key?.secretAccessKey]
  if (type === 'ARN' && access === undefined && secret === undefined) return undefined
  if (access === undefined)
    return {
      field: 'access_key',
      message: 'Give the access key (access_key, or access_key_id), or set s3_auth_type to "ARN" or "Instance Role".',
    }
  if (secret === undefined)
    return {
      field: 'secret_key',
      message: 'Give the secret key (secret_key, or secret_access_key) that belongs to the access key.',
    }
  return undefined
}

/** Default: Access Key when a key is given, ARN when an ARN is, else Instance Role; MinIO knows access keys only. */
function authType(credentials: JsonObject): string {
  const given = textOf(credentials['s3_auth_type'])
  if (given !== undefined) return given
  if (textOf(credentials['arn']) !== undefined) return 'ARN'
  const anyKey = keyPairOf(credentials) !== undefined || 'nx_external_host' in credentials
  return anyKey ? 'Access Key' : 'Instance Role'
}

function loginOf(credentials: JsonObject): LoginSettings {
  const problem = loginProblem(credentials)
  if (problem !== undefined)
    throw new Fault({ kind: 'config', code: 's3.login_incomplete', field: problem.field, message: problem.message })
  const pair = keyPairOf(credentials)
  const key = pair?.accessKeyId === undefined || pair.secretAccessKey === undefined ? undefined : (pair as KeyPair)
  const type = authType(credentials)
  if (type === 'Instance Role' || (key === undefined && type !== 'ARN')) return { kind: 'instance' }
  if (type === 'ARN') {
    const externalId = textOf(credentials['external_id'])
    return { kind: 'role', arn: String(credentials['arn']), ...(externalId && { externalId }), ...(key && { key }) }
  }
  return { kind: 'key', key: key as KeyPair }
}

/** Of the flat keys, or of the JSON text in `nx_external.auth.props`. Undefined when neither has any part of a key. */
function keyPairOf(credentials: JsonObject): Partial<KeyPair> | undefined {
  const props = authProps(credentials)
  const accessKeyId = textOf(credentials['access_key']) ?? textOf(props['access_key_id']) ?? textOf(props['access_key'])
  const secretAccessKey =
    textOf(credentials['secret_key']) ?? textOf(props['secret_key']) ?? textOf(props['secret_access_key'])
  const sessionToken = textOf(credentials['session_token'])
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  return {
    ...(accessKeyId && { accessKeyId }),
    ...(secretAccessKey && { secretAccessKey }),
    ...(sessionToken && { sessionToken }),
  }
}

/** Empty when absent or not JSON (the schema of `min_io_s3` refuses that). */
export function authProps(credentials: JsonObject): JsonObject {
  try {
    const parsed: unknown = JSON.parse(textOf(credentials['nx_external.auth.props']) ?? '{}')
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? (parsed as JsonObject) : {}
  } catch {
    return {}
  }
}

function encryptionOf(credentials: JsonObject): S3Settings['encryption'] {
  if (credentials['sse.enabled'] !== true) return { kind: 'none' }
  const keyArn = textOf(credentials['sse.kms_key.arn'])
  return keyArn === undefined ? { kind: 'AES256' } : { kind: 'aws:kms', keyArn }
}

/** China has its own domain. https://docs.aws.amazon.com/general/latest/gr/s3.html */
function amazonEndpoint(region: string): string {
  return `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
