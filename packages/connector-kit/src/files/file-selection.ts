import type { JsonObject } from '../contract.ts'
import { antMatcher } from './ant-pattern.ts'
import type { StoredFile } from './file-store.ts'

export type FileSelection = (file: StoredFile) => boolean

/** Folders of staged files, of any file store: never read as data. */
export const stagingFolders = ['_leat_staging', '.leat-staging'] as const

/**
 * Which of the listed files are data. Left out: empty files, folder markers, staged files, files changed before
 * `ignore.files.older.than.ms`, files outside `whitelist.pathmatchers` or inside `blacklist.pathmatchers`.
 * A pattern counts from the root of the credential (`bucket/raw/*.json`) or from the source's own path (`*.json`), because
 * people write both. `path_exclusions: false` switches the patterns off.
 */
export function fileSelection(options: JsonObject, folder: string): FileSelection {
  const patternsCount = options['path_exclusions'] !== false
  const only = patternsCount ? matcherOf(options['whitelist.pathmatchers'], folder) : undefined
  const not = patternsCount ? matcherOf(options['blacklist.pathmatchers'], folder) : undefined
  const oldest = options['ignore.files.older.than.ms']
  return (file) => {
    if (file.bytes === 0 || file.path.endsWith('/') || isStaged(file.path)) return false
    if (typeof oldest === 'number' && file.modifiedAt !== undefined && file.modifiedAt < oldest) return false
    return (only?.(file.path) ?? true) && !(not?.(file.path) ?? false)
  }
}

export function isStaged(path: string): boolean {
  return stagingFolders.some((folder) => path.includes(`/${folder}/`) || path.startsWith(`${folder}/`))
}

function matcherOf(patterns: unknown, folder: string): ((path: string) => boolean) | undefined {
  if (typeof patterns !== 'string' || patterns.trim() === '') return undefined
  const matches = antMatcher(patterns)
  const base = folder.endsWith('/') || folder === '' ? folder : `${folder}/`
  return (path) => matches(path) || (path.startsWith(base) && matches(path.slice(base.length)))
}
