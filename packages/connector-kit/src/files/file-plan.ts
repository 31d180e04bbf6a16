import type { PlannedChange, PlanRequest } from '../contract.ts'
import type { FileStore } from './file-store.ts'
import { joinPath } from './store-path.ts'

/** What a delivery into a file store would change, in words. */
export function filePlan(store: FileStore, request: PlanRequest, folder: string): readonly PlannedChange[] {
  const format = String(request.options['data_format'] ?? 'parquet')
  const pattern = String(request.options['output.dir.name.pattern'] ?? '')
  const staging = joinPath(folder, store.stagingFolder)
  return [
    {
      what: `New ${format} files with ${request.schema.fields.length} columns below ${joinPath(folder, pattern)}. Files of other names stay as they are.`,
    },
    { what: `Staged files below ${staging} while a delivery is under way.` },
  ]
}
