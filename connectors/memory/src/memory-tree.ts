import type { Tree, TreeNode, TreeRequest } from '@leat/connector-kit'
import { trimmed, type Space, type StoredObject } from './space.ts'

interface Folder {
  readonly nodes: Map<string, Folder | StoredObject>
}

/** At most `limit` nodes, at most `depth` levels below the path. */
export async function treeOf(space: Space, request: TreeRequest): Promise<Tree> {
  const prefix = request.path === undefined || trimmed(request.path) === '' ? '' : `${trimmed(request.path)}/`
  const root: Folder = { nodes: new Map() }
  let room = request.limit
  for await (const object of space.objects(prefix)) {
    request.signal.throwIfAborted()
    if (room <= 0) break
    room -= place(root, object, object.key.slice(prefix.length).split('/'), request.depth, room)
  }
  return toTree(root)
}

/** Adds the nodes on the way to an object; returns how many were new. */
function place(folder: Folder, object: StoredObject, names: readonly string[], depth: number, room: number): number {
  const [name, ...rest] = names
  if (name === undefined || depth <= 0 || room <= 0) return 0
  if (rest.length === 0) {
    folder.nodes.set(name, object)
    return 1
  }
  const known = folder.nodes.get(name)
  const child: Folder = known !== undefined && 'nodes' in known ? known : { nodes: new Map() }
  folder.nodes.set(name, child)
  const added = known === undefined ? 1 : 0
  return added + place(child, object, rest, depth - 1, room - added)
}

function toTree(folder: Folder): Tree {
  const nodes = [...folder.nodes].map(([name, node]): [string, TreeNode] => {
    if ('nodes' in node) return [name, { type: 'folder', value: toTree(node) }]
    return [name, { type: 'file', value: {}, size: node.bytes, updated_at: node.modifiedAt }]
  })
  return Object.fromEntries(nodes)
}
