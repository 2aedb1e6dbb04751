// Runs once, on an empty data directory: the archive's own user, who sees no other database.
db.getSiblingDB("fonds").createUser({
  user: "fonds",
  pwd: process.env.MONGO_PASSWORD,
  roles: ["readWrite", "dbAdmin"].map((role) => ({ role, db: "fonds" })),
});
