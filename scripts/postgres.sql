-- The queue has the first database of the server, MLflow this one.
CREATE DATABASE mlflow;
