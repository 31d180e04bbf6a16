import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Whether the client has the answer of a create. pending: it is not written yet. lost: the connection broke or closed before or while it was
 * written. delivered: it was handed over and nothing spoke against it since.
 *
 * TCP gives no receipt, so this is a judgement from what the connection does after the answer: another request or a clean end speaks for
 * it, a reset against it. A client that gives up closes its connection before it asks again, and that is seen first.
 */
export interface Delivery {
  readonly state: 'pending' | 'written' | 'delivered' | 'lost'
  /** Arrival of the request and end of writing the answer, on the clock of `performance.now()`; the latter is infinite until then. */
  readonly arrivedAt: number
  readonly writtenAt: number
  /** Called when the answer has been written, if it ever is. */
  onWritten(listener: () => void): void
  /** Called once when the state is final. */
  onEnd(listener: (delivered: boolean) => void): void
}

const onConnection = new WeakMap<Socket, Set<Tracked>>()

/** Follows one answer. Call it when the request arrives. */
export function trackDelivery(socket: Socket, response: ServerResponse): Delivery {
  confirmEarlier(socket)
  const tracked = new Tracked()
  const open = onConnection.get(socket) ?? listen(socket)
  open.add(tracked)
  response.once('finish', () => tracked.written())
  response.once('close', () => {
    if (!response.writableFinished) tracked.settle(false)
  })
  return tracked
}

/** A client sends its next request on a connection only when it has read the last answer. */
function confirmEarlier(socket: Socket): void {
  for (const earlier of onConnection.get(socket) ?? []) if (earlier.state === 'written') earlier.settle(true)
}

function listen(socket: Socket): Set<Tracked> {
  const open = new Set<Tracked>()
  onConnection.set(socket, open)
  let broken = false
  socket.once('error', () => (broken = true))
  socket.once('close', (failed) => {
    for (const tracked of open) tracked.settle(tracked.state === 'written' && !failed && !broken)
    onConnection.delete(socket)
  })
  return open
}

class Tracked implements Delivery {
  state: Delivery['state'] = 'pending'
  readonly arrivedAt = performance.now()
  writtenAt = Number.POSITIVE_INFINITY
  #writtenListeners: (() => void)[] = []
  #listeners: ((delivered: boolean) => void)[] = []

  written(): void {
    if (this.state !== 'pending') return
    this.state = 'written'
    this.writtenAt = performance.now()
    for (const listener of this.#writtenListeners.splice(0)) listener()
  }

  settle(delivered: boolean): void {
    if (this.state === 'delivered' || this.state === 'lost') return
    this.state = delivered ? 'delivered' : 'lost'
    for (const listener of this.#listeners.splice(0)) listener(delivered)
  }

  onWritten(listener: () => void): void {
    if (this.state === 'pending') this.#writtenListeners.push(listener)
    else if (this.writtenAt !== Number.POSITIVE_INFINITY) listener()
  }

  onEnd(listener: (delivered: boolean) => void): void {
    if (this.state === 'delivered' || this.state === 'lost') listener(this.state === 'delivered')
    else this.#listeners.push(listener)
  }
}
