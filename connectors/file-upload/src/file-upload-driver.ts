import { Fault, type ConnectContext, type Connection, type JsonObject } from '@leat/connector-kit'
import { fileSource, fileTree, FolderStore, observedStore } from '@leat/connector-kit/files'

/**
 * Reads what the API wrote into `context.uploadFolder`. Names are relative to it, so that records say which upload they came
 * from. The API renames a finished upload into the folder, but a file that grows is still not half read.
 */
export async function connect(
  _credentials: JsonObject,
  { uploadFolder, observe }: ConnectContext,
): Promise<Connection> {
  const folders = uploadFolder === undefined ? [] : [uploadFolder]
  const store = new FolderStore({ name: 'file_upload', folders, missingIsEmpty: true })
  return {
    check: async () => {
      if (uploadFolder !== undefined) return
      const message =
        'This source has no folder for uploads. Uploads belong to a source: create it first, then send files to it.'
      throw new Fault({ kind: 'config', code: 'file_upload.no_folder', message })
    },
    tree: (request) => fileTree(store, { ...request, path: relative(request.path) }, ''),
    source: (options) => fileSource(observedStore(store, observe), options, ''),
    async [Symbol.asyncDispose]() {},
  }
}

function relative(path: string | undefined): string {
  return (path ?? '').replace(/^\/+/, '')
}
