// Healthy = the primary of the set. Initiates the set on its first call, which is how the set comes to be.
const admin = db.getSiblingDB("admin");
admin.auth(process.env.MONGO_INITDB_ROOT_USERNAME, process.env.MONGO_INITDB_ROOT_PASSWORD);
const state = admin.hello();
if (!state.setName && state.isreplicaset) {
  admin.runCommand({ replSetInitiate: { _id: "fonds", members: [{ _id: 0, host: "mongo:27017" }] } });
}
// The entry point's own first start, without a set, is writable too, but not what we wait for.
quit(state.setName && state.isWritablePrimary ? 0 : 1);
