/** What a client of the shared directory does when something is wrong with its file: the specification that the tests run. */
import { table, type Table } from './table.ts'

export const DIRECTORY: { readonly title: string; readonly about: string; readonly table: Table } = {
  title: 'The shared directory',
  about:
    'Another process has put newer credentials there, in the state that the fault says: `refused` is a place where no directory can be made, `4xx` a file that others can read. What cannot be used is replaced by an exchange of one’s own.',
  table: table(`
    fault         | nothing held | fresh | advisory          | mandatory         | expired      | tries
    none          | newer        | held  | held, then newer  | newer             | newer        | 1
    refused       | minted       | held  | held, then minted | minted            | minted       | 1
    reset         | not applicable: a file has no connection
    hang          | not applicable: a file has no connection
    trickle       | not applicable: a file has no connection
    5xx           | not applicable: a file has no server
    throttle      | not applicable: a file has no server
    4xx           | CACHE_UNSAFE | held  | held              | held after a wait | CACHE_UNSAFE | 1
    empty         | minted       | held  | held, then minted | minted            | minted       | 1
    truncated     | minted       | held  | held, then minted | minted            | minted       | 1
    malformed     | minted       | held  | held, then minted | minted            | minted       | 1
    oversized     | minted       | held  | held, then minted | minted            | minted       | 1
    wrong types   | minted       | held  | held, then minted | minted            | minted       | 1
    wrong CRC     | not applicable: the file has no checksum, the rename keeps it whole
    clock +10 min | minted       | held  | held, then minted | minted            | minted       | 1
    clock -10 min | newer        | held  | held, then newer  | newer             | newer        | 1
  `),
}
