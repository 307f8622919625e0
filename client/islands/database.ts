/** A database of this device, and the one store in it. */
export type Place = readonly [name: string, store: string]

/** One request to a database of this device; undefined where there is none, or nothing was found. */
export function inDatabase<T>(
  [name, store]: Place,
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const none = () => resolve(undefined)
    try {
      const opening = indexedDB.open(name, 1)
      opening.onupgradeneeded = () => opening.result.createObjectStore(store)
      opening.onerror = none
      opening.onsuccess = () => {
        // What throws in here reaches nobody else, and whoever waits would wait for ever.
        try {
          const request = act(opening.result.transaction(store, mode).objectStore(store))
          request.onsuccess = () => resolve(request.result)
          request.onerror = none
        } catch {
          none()
        }
        opening.result.close()
      }
    } catch {
      none()
    }
  })
}
