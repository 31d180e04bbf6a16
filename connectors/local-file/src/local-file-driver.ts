import { access, constants } from 'node:fs/promises'
import {
  Fault,
  type ConnectContext,
  type Connection,
  type JsonObject,
  type Tree,
  type TreeRequest,
} from '@leat/connector-kit'
import {
  expandPathMacros,
  filePlan,
  fileSource,
  fileTree,
  FileWriter,
  FolderStore,
  observedStore,
} from '@leat/connector-kit/files'

/** Works only inside `context.allowedFolders`; needs no credential. */
export async function connect(_credentials: JsonObject, context: ConnectContext): Promise<Connection> {
  const { allowedFolders } = context
  const store = new FolderStore({ name: 'local_file', folders: allowedFolders })
  const located = (options: JsonObject): Promise<string> => store.locate(String(options['path'] ?? ''))
  const observed = observedStore(store, context.observe)
  return {
    check: () => check(allowedFolders),
    tree: (request) => tree(store, allowedFolders, request),
    source: (options) => {
      const timeZone = options['timezone']
      const path = expandPathMacros(
        String(options['path'] ?? ''),
        new Date(),
        typeof timeZone === 'string' ? timeZone : undefined,
      )
      // The absolute path is found when the listing begins, because it may have to look at the disk.
      const session = (async () => fileSource(observed, options, await store.locate(path)))()
      session.catch(() => undefined)
      return {
        async *units(request) {
          yield* (await session).units(request)
        },
        async *read(unit, request) {
          yield* (await session).read(unit, request)
        },
        async [Symbol.asyncDispose]() {},
      }
    },
    openWriter: async (request) => new FileWriter(observed, request, await located(request.options)),
    plan: async (request) => filePlan(store, request, await located(request.options)),
    async [Symbol.asyncDispose]() {},
  }
}

async function check(folders: readonly string[]): Promise<void> {
  if (folders.length === 0) throw notAllowed()
  for (const folder of folders) {
    await access(folder, constants.R_OK | constants.X_OK).catch((error: unknown) => {
      const message = `The allowed folder ${folder} cannot be read. Create it, give the server's user the right to it, or correct LEAT_LOCAL_FOLDERS.`
      throw new Fault({ kind: 'config', code: 'local_file.folder_unreadable', message, cause: error })
    })
  }
}

/** The root shows the allowed folders. */
async function tree(store: FolderStore, folders: readonly string[], request: TreeRequest): Promise<Tree> {
  if (folders.length === 0) throw notAllowed()
  if (request.path === undefined || request.path === '' || request.path === '/') {
    const roots: Record<string, Tree[string]> = {}
    for (const folder of folders.slice(0, request.limit)) {
      const below =
        request.depth > 1 ? await fileTree(store, { ...request, depth: request.depth - 1, path: folder }, folder) : {}
      roots[folder] = { type: 'folder', value: below }
    }
    return roots
  }
  return fileTree(store, { ...request, path: await store.locate(request.path) }, '')
}

function notAllowed(): Fault {
  const message =
    'Local folders are off on this server. Its operator can switch them on: set LEAT_LOCAL_FOLDERS to the folders that may be used, separated by ":", and restart.'
  return new Fault({ kind: 'config', code: 'local_file.not_allowed', field: 'path', message })
}
