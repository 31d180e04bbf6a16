import { Fault, type ConnectContext, type Connection, type JsonObject, type TreeRequest } from '@leat/connector-kit'
import { expandPathMacros, filePlan, fileSource, fileTree, FileWriter, observedStore } from '@leat/connector-kit/files'
import { withoutScheme } from './bucket-path.ts'
import { S3Bytes } from './s3-bytes.ts'
import { S3Client } from './s3-client.ts'
import { s3Login } from './s3-login.ts'
import { s3Settings } from './s3-settings.ts'
import { S3Store } from './s3-store.ts'

/** Driver of `s3` and `min_io_s3`. Connects lazily: nothing is sent before the first call. */
export async function connect(credentials: JsonObject, context: ConnectContext): Promise<Connection> {
  const settings = s3Settings(credentials)
  const login = s3Login(settings)
  const client = new S3Client(settings, login)
  const bytes = new S3Bytes(client, login)
  const store = observedStore(new S3Store(client, bytes), context.observe)
  const probes = new S3Store(client.forProbes(), bytes)
  return {
    check: () => check(probes, settings.testPath, context.signal),
    tree: (request) =>
      fileTree(probes, { ...request, ...pathOf(request) }, settings.testPath).catch(
        suggestPath(settings.testPath, request),
      ),
    source: (options) => fileSource(store, options, sourcePath(options)),
    openWriter: async (request) => new FileWriter(store, request, withoutScheme(String(request.options['path'] ?? ''))),
    plan: async (request) => filePlan(store, request, withoutScheme(String(request.options['path'] ?? ''))),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/**
 * With a test path: what a run does first, a page of its listing. Without one no bucket is known; the list of buckets
 * proves endpoint, key and secret, and a login that may not see that list may still read its own bucket.
 */
async function check(store: S3Store, testPath: string, signal: AbortSignal): Promise<void> {
  if (testPath !== '') return store.touch(testPath, signal)
  await store.buckets(signal).catch((error: unknown) => {
    if (!(error instanceof Fault) || error.code !== 's3.access_denied') throw error
  })
}

function sourcePath(options: JsonObject): string {
  const timeZone = options['timezone']
  return withoutScheme(
    expandPathMacros(String(options['path'] ?? ''), new Date(), typeof timeZone === 'string' ? timeZone : undefined),
  )
}

function pathOf(request: TreeRequest): { path: string } | Record<string, never> {
  return request.path === undefined || request.path === '' ? {} : { path: withoutScheme(request.path) }
}

function suggestPath(testPath: string, request: TreeRequest): (error: unknown) => never {
  return (error) => {
    const atRoot = testPath === '' && (request.path ?? '') === ''
    if (!atRoot || !(error instanceof Fault) || error.code !== 's3.access_denied') throw error
    const message =
      'The login is right, but it may not list the buckets. Give a path (bucket or bucket/prefix), or set test.path in the credential.'
    throw new Fault({ kind: 'auth', code: 's3.access_denied', field: 'path', message, cause: error })
  }
}
