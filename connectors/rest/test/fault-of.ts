import { toFault, type Fault } from '@leat/connector-kit'

/** The fault that the work ends with; fails when it succeeds. */
export async function faultOf(work: () => Promise<unknown>): Promise<Fault> {
  try {
    await work()
  } catch (thrown) {
    return toFault(thrown)
  }
  throw new Error('it succeeded')
}
