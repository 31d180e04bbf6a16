import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../usage-error.ts'

/** Everything of one demo, below one folder. */
export interface DemoFolder {
  readonly root: string
  readonly input: string
  readonly output: string
  /** Data folder of the server. */
  readonly data: string
  readonly serverLog: string
  /** Process id of the server, while it runs. */
  readonly pidFile: string
}

const marker = '.leat-demo'

/**
 * An empty demo folder at `root`. What an earlier demo left there goes; anything else, and a demo whose server still runs, is left alone:
 * throws `UsageError`.
 */
export async function openDemoFolder(root: string): Promise<DemoFolder> {
  const folder = {
    root,
    input: join(root, 'input'),
    output: join(root, 'output'),
    data: join(root, 'server'),
    serverLog: join(root, 'server.log'),
    pidFile: join(root, 'server.pid'),
  }
  const entries = await readdir(root).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    if (error.code === 'ENOTDIR')
      throw new UsageError(
        `The folder of the demo, ${root}, is or lies in a file. Name a folder with --data or LEAT_DATA.`,
      )
    throw error
  })
  if (entries.length > 0) {
    if (!entries.includes(marker))
      throw new UsageError(
        `The folder of the demo, ${root}, holds something else than a demo. Name an empty or a new one with --data or LEAT_DATA.`,
      )
    const pid = await runningServer(folder.pidFile)
    if (pid !== undefined)
      throw new UsageError(`The server of an earlier demo still runs on ${root}. Stop it with: kill ${pid}`)
    for (const entry of entries) if (entry !== marker) await rm(join(root, entry), { recursive: true, force: true })
  }
  await mkdir(folder.output, { recursive: true })
  await writeFile(join(root, marker), 'Made by leat demo, which empties this folder when it runs here again.\n')
  return folder
}

async function runningServer(pidFile: string): Promise<number | undefined> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}
