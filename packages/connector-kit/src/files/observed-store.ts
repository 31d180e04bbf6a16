import type { Observe } from '../telemetry.ts'
import type { FileStore } from './file-store.ts'

/** The same store, telling of every object that it reads, stages and publishes. */
export function observedStore(store: FileStore, observe: Observe | undefined): FileStore {
  if (observe === undefined) return store
  const { removeEmptyFolder, discardParts } = store
  return {
    name: store.name,
    stagingFolder: store.stagingFolder,
    settleMs: store.settleMs,
    list: (path, signal) => store.list(path, signal),
    children: (folder, limit, signal) => store.children(folder, limit, signal),
    stat: (path, signal) => store.stat(path, signal),
    isPinned: (file) => store.isPinned(file),
    async *open(file, offset, signal, buffers) {
      let bytes = 0
      try {
        for await (const chunk of store.open(file, offset, signal, buffers)) {
          bytes += chunk.length
          yield chunk
        }
      } finally {
        observe('object read', { origin: file.path, bytes })
      }
    },
    async put(path, content, signal) {
      const stamp = await store.put(path, content, signal)
      observe('object staged', { name: path, bytes: stamp.bytes })
      return stamp
    },
    stampOf: (path, signal) => store.stampOf(path, signal),
    async publish(from, to, bytes, signal) {
      const published = await store.publish(from, to, bytes, signal)
      if (published) observe('object published', { name: to, bytes })
      return published
    },
    remove: (paths, signal) => store.remove(paths, signal),
    ...(removeEmptyFolder && { removeEmptyFolder: (folder, signal) => removeEmptyFolder.call(store, folder, signal) }),
    ...(discardParts && { discardParts: (folder, signal) => discardParts.call(store, folder, signal) }),
  }
}
