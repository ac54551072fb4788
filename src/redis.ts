export { type RedisClient, type RedisStoreOptions, redisStore } from './stores/redis/redis-store.ts'
