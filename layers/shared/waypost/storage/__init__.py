"""The rim: DynamoDB, S3 and SQS. Nothing outside this package knows boto3, a key or a URL."""
