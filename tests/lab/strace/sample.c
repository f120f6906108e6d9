#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <netinet/in.h>
#include <arpa/inet.h>
static void *look(void *x){ struct stat s; stat("/etc/hostname",&s); close(open("/etc/machine-id",O_RDONLY)); return 0; }
static void *replace(void *x){ char *a[]={"g","last",NULL}; execv("/opt/g",a); return 0; }
int main(int n,char**a){
  if(n>1 && !strcmp(a[1],"last")){ close(open("from-the-last",O_RDONLY)); _exit(7); }
  if(n>1 && !strcmp(a[1],"child")){ struct utsname u; uname(&u); raise(SIGKILL); }
  chdir("/tmp");
  close(open("rel\"at\n\xe9\x01ive",O_RDONLY)); 
  int f=open("new",O_WRONLY|O_CREAT|O_TRUNC,0600); close(f); rename("new","newer"); unlink("newer"); mkdir("d",0700);
  DIR*d=opendir("d"); while(readdir(d)); mkdirat(dirfd(d),"e",0700); closedir(d);
  pthread_t t; pthread_create(&t,0,look,0); pthread_join(t,0);
  char *args[]={"g","child","a b",NULL}; pid_t p=vfork(); if(!p){ execv("/nowhere",args); execv("/opt/g",args); _exit(1);} waitpid(p,0,0);
  p=fork(); if(!p){ access("/proc/version",R_OK); readlink("/etc",malloc(9),8); _exit(3);} waitpid(p,0,0);
  struct sockaddr_in in={.sin_family=AF_INET,.sin_port=htons(9)}; inet_pton(AF_INET,"127.0.0.1",&in.sin_addr);
  int s=socket(AF_INET,SOCK_STREAM,0); connect(s,(void*)&in,sizeof in); close(s);
  s=socket(AF_INET,SOCK_DGRAM,0); sendto(s,"x",1,0,(void*)&in,sizeof in); 
  struct iovec v={"y",1}; struct msghdr m={.msg_name=&in,.msg_namelen=sizeof in,.msg_iov=&v,.msg_iovlen=1}; sendmsg(s,&m,0); close(s);
  struct sockaddr_in6 i6={.sin6_family=AF_INET6,.sin6_port=htons(443)}; i6.sin6_addr=in6addr_loopback;
  s=socket(AF_INET6,SOCK_STREAM|SOCK_CLOEXEC,0); bind(s,(void*)&i6,sizeof i6); close(s);
  struct sockaddr_un un={.sun_family=AF_UNIX}; strcpy(un.sun_path,"/tmp/no socket"); s=socket(AF_UNIX,SOCK_STREAM,0); connect(s,(void*)&un,sizeof un);
  memset(&un,0,sizeof un); un.sun_family=AF_UNIX; strcpy(un.sun_path+1,"hidden"); connect(s,(void*)&un,2+7); close(s);
  s=socket(AF_NETLINK,SOCK_RAW,0); bind(s,(void*)&(struct sockaddr){.sa_family=AF_NETLINK},12); close(s);
  pthread_create(&t,0,replace,0); pthread_join(t,0);
}
