"""DynamoDB, S3 and SQS behind the ports: the only boto3 in the package."""
