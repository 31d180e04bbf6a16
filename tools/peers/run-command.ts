import { spawn } from 'node:child_process'

/** Runs an installer. Its output is shown only when it fails. Throws an error that says which command failed, and how. */
export async function runCommand(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new Error(`${command} is not installed on this machine`) : error),
    )
    child.on('close', resolve)
  })
  if (code === 0) return output
  throw new Error(
    `${command} ${args.join(' ')} failed with ${code}:\n${output.trim().split('\n').slice(-12).join('\n')}`,
  )
}
