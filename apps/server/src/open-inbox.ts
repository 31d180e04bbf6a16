import { join } from 'node:path'
import { FolderLog, inboxFolderOf, StoreLog, type InboxLog, type Register } from '@leat/control-plane/work'
import type { Log, SegmentStore } from '@leat/engine'

export interface InboxParts {
  readonly data: string
  /** `LEAT_STORE` */
  readonly storeUrl: string
  readonly store: () => Promise<SegmentStore>
  readonly register: Register
  readonly log: Log
}

/** Where pushed records wait: in the data folder, or in a store that other machines see. */
export function openInbox({ data, storeUrl, store, register, log }: InboxParts): InboxLog {
  if (isRemote(storeUrl))
    return new StoreLog({ store, scratch: join(data, 'scratch', String(process.pid), 'inbox'), register })
  return new FolderLog({
    folder: inboxFolderOf(data),
    register,
    onError: (event, error) => log('error', event, { error: error instanceof Error ? error.message : String(error) }),
  })
}

function isRemote(store: string): boolean {
  return /^[a-z0-9]+:\/\//i.test(store) && !store.startsWith('file:')
}
