import type { Tree, TreeNode, TreeRequest } from '../contract.ts'
import type { FileStore, FolderEntry } from './file-store.ts'
import { isStaged } from './file-selection.ts'
import { joinPath } from './store-path.ts'

/**
 * Folders and files below `request.path` (or `root`), breadth first, so that a limit cuts the deepest level and not the
 * last folder. A folder that was not entered has no children in the answer.
 */
export async function fileTree(store: FileStore, request: TreeRequest, root: string): Promise<Tree> {
  const top: Record<string, TreeNode> = {}
  let level = [{ path: request.path ?? root, into: top }]
  let left = request.limit
  for (let depth = 0; depth < request.depth && left > 0; depth++) {
    const next: typeof level = []
    for (const { path, into } of level) {
      if (left <= 0) break
      for (const entry of await store.children(path, left, request.signal)) {
        const child = joinPath(path, entry.name)
        if (left <= 0 || isStaged(`${child}/`)) continue
        left -= 1
        const children: Record<string, TreeNode> = {}
        into[entry.name] = nodeOf(entry, children)
        if (entry.kind === 'folder') next.push({ path: child, into: children })
      }
    }
    level = next
  }
  return top
}

function nodeOf(entry: FolderEntry, children: Record<string, TreeNode>): TreeNode {
  const time = entry.modifiedAt === undefined ? {} : { created_at: entry.modifiedAt, updated_at: entry.modifiedAt }
  return { type: entry.kind, value: children, ...(entry.bytes === undefined ? {} : { size: entry.bytes }), ...time }
}
