// v1 20b341f9a78fb8e0dd7e057bfd67f924d9cebd11f25f1485ae462a03e8dbc6e1
export {};
