import { existsSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import path from 'node:path'
import { Fault } from '@leat/connector-kit'

/** What the driver gives to its upload: the statement that was sent, and what the server answered. */
interface Transfer {
  readonly sqlText?: string
  readonly fileMetadata?: {
    readonly data?: {
      readonly command?: string
      readonly src_locations?: readonly string[]
      readonly stageInfo?: { readonly locationType?: string }
    }
  }
}

/**
 * After PUT and GET the driver moves the files that the server's answer names, not those of the statement, and takes folders of this machine
 * for a stage: whoever answers at `access_url` could have any file of this machine sent, or written. Here a transfer is done only when the
 * answer names what the statement says, towards a cloud. The driver has no hook for it, so its class is replaced before it is used;
 * where a later version of the driver keeps it elsewhere, loading fails.
 */
export function guardTransfers(): void {
  const require = createRequire(import.meta.url)
  const file = path.join(
    path.dirname(require.resolve('snowflake-sdk')),
    'lib/file_transfer_agent/file_transfer_agent.js',
  )
  if (!existsSync(file)) throw new Error('snowflake-sdk keeps its uploads elsewhere now')
  const inPlace = new Module(file)
  inPlace.exports = function GuardedAgent(transfer: Transfer): object {
    refuseForeignFiles(transfer)
    return new (real())(transfer)
  }
  // The driver's modules need each other in a ring, so the real class can be loaded only after all of them.
  const real = (): Agent => {
    agent ??= withoutCache(file, () => require(file) as Agent)
    return agent
  }
  let agent: Agent | undefined
  require.cache[file] = inPlace
}

type Agent = new (transfer: Transfer) => object

function withoutCache<T>(file: string, load: () => T): T {
  const { cache } = createRequire(import.meta.url)
  const kept = cache[file]
  delete cache[file]
  try {
    return load()
  } finally {
    cache[file] = kept
  }
}

function refuseForeignFiles({ sqlText = '', fileMetadata }: Transfer): void {
  const { command, src_locations: files = [], stageInfo } = fileMetadata?.data ?? {}
  const ours = /^PUT 'file:\/\/([^']+)'/.exec(sqlText)?.[1]
  const asked = ours !== undefined && files.length === 1 && path.normalize(files[0] ?? '') === path.normalize(ours)
  if (asked && command === 'UPLOAD' && /^(S3|AZURE|GCS)$/i.test(stageInfo?.locationType ?? '')) return
  throw new Fault({
    kind: 'config',
    code: 'snowflake.transfer_refused',
    field: 'access_url',
    message:
      'The server at access_url asked for files that the statement does not name, or for a folder of this machine. Nothing was sent. Check that access_url leads to Snowflake.',
  })
}
