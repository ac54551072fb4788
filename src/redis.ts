/** `tokenwell/redis`: a store that machines share, with the Redis client that you have. */
export { type RedisClient, type RedisStoreOptions, redisStore } from './stores/redis/redis-store.ts'
