/**
 * Maximum flow: how much can run through a network of one-way pipes from one place to another.
 *
 * The audit of a table with hidden cells uses it to learn how far a hidden count could be moved. Raising one hidden cell
 * by 1 must be made good in its row and in its column by other hidden cells; every way of making it good is a path
 * through the network, and what the paths carry together is how far the count can go.
 */

/**
 * The most that can run from `source` to `sink`, where capacity[u][v] ≥ 0 is what the pipe from u to v carries: whole
 * numbers, or Infinity. Exact: each round lays all shortest paths that still have room (Dinic), until there is none.
 * maximumFlow([[0, 3, 0], [0, 0, 2], [0, 0, 0]], 0, 2) // 2
 */
export function maximumFlow(capacity: readonly (readonly number[])[], source: number, sink: number): number {
  const room = capacity.map((row) => [...row])
  let total = 0
  for (;;) {
    const steps = stepsFrom(room, source)
    if (steps[sink] === Infinity) return total
    const next = room.map(() => 0)
    total += push(room, steps, next, source, sink, Infinity)
    if (total === Infinity) throw new RangeError('maximumFlow needs a limit on every path from source to sink')
  }
}

/** Pipes on a shortest way from the source to each node; Infinity where no way has room. */
function stepsFrom(room: readonly (readonly number[])[], source: number): number[] {
  const steps = room.map(() => Infinity)
  steps[source] = 0
  const reached = [source]
  for (const from of reached) {
    for (let to = 0; to < room.length; to++) {
      if (room[from]![to]! === 0 || steps[to]! < Infinity) continue
      steps[to] = steps[from]! + 1
      reached.push(to)
    }
  }
  return steps
}

/** Sends up to `most` on from a node along shortest ways; next[node] is the first pipe that may still have room. */
function push(room: number[][], steps: number[], next: number[], node: number, sink: number, most: number): number {
  if (node === sink) return most
  let sent = 0
  for (; next[node]! < room.length; next[node]! += 1) {
    const to = next[node]!
    if (room[node]![to]! === 0 || steps[to] !== steps[node]! + 1) continue
    const amount = push(room, steps, next, to, sink, Math.min(most - sent, room[node]![to]!))
    if (amount === Infinity) return Infinity
    room[node]![to]! -= amount
    room[to]![node]! += amount
    sent += amount
    // This pipe may have room left, so it stays the next one.
    if (sent === most) return sent
  }
  return sent
}
