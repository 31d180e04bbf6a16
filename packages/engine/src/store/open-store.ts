import { mkdirSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { Fault, guardNativeClients } from '@leat/connector-kit'
import type { SegmentStore } from '../ports.ts'
import { openLocalStore } from './local-store.ts'

export interface StoreSettings {
  /** A folder, or `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix`. Query parameters are OpenDAL options. */
  readonly url: string
  /** Folder for downloaded segments (object stores only). */
  readonly cache: string
  /** Source of credentials for object stores: the process environment. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The folder in which a store's `local` paths lie. */
export function localFolderOf(settings: Pick<StoreSettings, 'url' | 'cache'>): string {
  return /^[a-z0-9]+:\/\//.test(settings.url) ? settings.cache : resolve(settings.url)
}

/** What LEAT_STORE and the environment say of a store in a cloud, for messages. */
export interface StoreEnds {
  readonly bucket: string
  /** Absent: the service's own. */
  readonly endpoint: string | undefined
  readonly endpointVariable: string
  /** Those that hold the login. */
  readonly variables: readonly string[]
}

export function storeEnds({ url, env }: StoreSettings): StoreEnds {
  const [, scheme = '', bucket = ''] = remote.exec(storeName(url)) ?? []
  const [endpointVariable, ...others] = endpointVariables[scheme] ?? ['']
  const set = [endpointVariable!, ...others].find((name) => env[name])
  const endpoint = set === undefined ? undefined : URL.parse(env[set]!)?.origin
  return { bucket, endpoint, endpointVariable: set ?? endpointVariable!, variables: loginVariables[scheme] ?? [] }
}

/** A login in front of the bucket and whatever stands in the query may be secret. */
export function storeName(url: string): string {
  return url.replace(/\?.*/s, '').replace(/:\/\/[^/]*@/, '://…@')
}

const remote = /^([a-z0-9]+):\/\/([^/?]+)\/?([^?]*)(?:\?(.*))?$/

/** The store that LEAT_STORE names. */
export async function openSegmentStore(settings: StoreSettings): Promise<SegmentStore> {
  const match = remote.exec(settings.url)
  if (match === null) {
    const folder = isAbsolute(settings.url) ? settings.url : resolve(settings.url)
    mkdirSync(folder, { recursive: true })
    return openLocalStore(folder)
  }
  const [, scheme = '', bucket = '', prefix = '', query = ''] = match
  const { openObjectStore } = await import('./object-store.ts')
  const options = {
    ...schemeOptions(scheme, bucket, settings.env),
    root: `/${prefix}`,
    ...Object.fromEntries(new URLSearchParams(query)),
  }
  mkdirSync(settings.cache, { recursive: true })
  // The first native client of the process decides for all of them, connectors' too.
  await guardNativeClients({ endpoint: (options as Readonly<Record<string, string>>)['endpoint'] })
  return openObjectStore(scheme === 'gs' ? 'gcs' : scheme === 'az' ? 'azblob' : scheme, options, settings.cache)
}

/** The first that is set counts. */
const endpointVariables: Readonly<Record<string, readonly string[]>> = {
  s3: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
  gs: [],
  az: ['AZURE_STORAGE_ENDPOINT'],
}

const loginVariables: Readonly<Record<string, readonly string[]>> = {
  s3: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  gs: ['GOOGLE_APPLICATION_CREDENTIALS'],
  az: ['AZURE_STORAGE_ACCOUNT', 'AZURE_STORAGE_KEY'],
}

function endpointOf(scheme: string, env: StoreSettings['env']): string | undefined {
  const variable = endpointVariables[scheme]?.find((name) => env[name])
  if (variable === undefined) return undefined
  const endpoint = env[variable]!
  if (/^https?:$/.test(URL.parse(endpoint)?.protocol ?? '')) return endpoint
  throw new Fault({
    kind: 'config',
    code: 'store.endpoint_invalid',
    field: variable,
    message: `${variable} "${endpoint}" is no address. Use one such as http://127.0.0.1:9000, or unset it.`,
  })
}

function schemeOptions(scheme: string, name: string, env: StoreSettings['env']): Record<string, string> {
  const endpoint = endpointOf(scheme, env)
  if (scheme === 's3') {
    return {
      bucket: name,
      region: env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? 'us-east-1',
      ...present('endpoint', endpoint),
      ...present('access_key_id', env['AWS_ACCESS_KEY_ID']),
      ...present('secret_access_key', env['AWS_SECRET_ACCESS_KEY']),
      ...present('session_token', env['AWS_SESSION_TOKEN']),
    }
  }
  if (scheme === 'gs') return { bucket: name, ...present('credential_path', env['GOOGLE_APPLICATION_CREDENTIALS']) }
  if (scheme === 'az')
    return {
      container: name,
      ...present('account_name', env['AZURE_STORAGE_ACCOUNT']),
      ...present('account_key', env['AZURE_STORAGE_KEY']),
      ...present('endpoint', endpoint),
    }
  throw new Fault({
    kind: 'config',
    code: 'store.unknown_scheme',
    field: 'LEAT_STORE',
    message: `LEAT_STORE begins with "${scheme}://". Use a folder, s3://bucket/prefix, gs://bucket/prefix or az://container/prefix.`,
  })
}

function present(key: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' ? {} : { [key]: value }
}
