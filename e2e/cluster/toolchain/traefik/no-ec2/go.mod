// Stands in for github.com/aws/aws-sdk-go-v2/service/ec2: the Gateway of the test cluster finds no machines of Amazon's, and this one
// package takes as long to compile as hundreds of others.
module github.com/aws/aws-sdk-go-v2/service/ec2

go 1.25.0
