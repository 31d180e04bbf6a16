import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ApiClient } from './api-client.ts'
import { isRunning, postmasterPid, ServerProcess } from './server-process.ts'

export interface OwnServerSettings {
  /** 1 unless given; 0: the server alone. */
  readonly workers?: number
  readonly env?: Readonly<Record<string, string>>
}

/** `leat start` in a folder of its own, at a port of its own, with its API; all of it goes with it. */
export class OwnServer implements AsyncDisposable {
  readonly data: string
  readonly process: ServerProcess
  readonly api: ApiClient

  private constructor(data: string, process: ServerProcess, api: ApiClient) {
    this.data = data
    this.process = process
    this.api = api
  }

  /** `name` stands in the name of the folder, for whoever finds it. */
  static async start(name: string, { workers = 1, env = {} }: OwnServerSettings = {}): Promise<OwnServer> {
    const data = await mkdtemp(join(tmpdir(), `leat-${name}-`))
    const process = new ServerProcess(['start', '--data', data, '--port', '0', '--workers', String(workers)], env)
    return new OwnServer(data, process, await ApiClient.open(process, data))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.end('SIGTERM')
    await removeData(this.data)
  }
}

/** Removes a data folder, or one that it lies in, as soon as the database has left it. */
export async function removeData(data: string, folder = data): Promise<void> {
  const postgres = await postmasterPid(data)
  while (postgres !== null && (await isRunning(postgres))) await pause(50)
  await rm(folder, { recursive: true, force: true })
}
