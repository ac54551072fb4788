/** `tokenwell/node`: the file store, and a listener for `node:http`. Needs Node.js. */
export { toNodeListener } from './node/to-node-listener.ts'
export { type FileStoreOptions, fileStore } from './stores/file/file-store.ts'
